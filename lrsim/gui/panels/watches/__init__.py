"""Watches: expressions that are followed over a run, as a list with their values and as curves."""
