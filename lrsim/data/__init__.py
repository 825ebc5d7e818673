"""Rows to train on: what an experiment says of them, and how they are read, split, scaled and encoded."""
