"""Expressions over the scalars of a step: what a run stops at, what it logs, and what is watched."""
