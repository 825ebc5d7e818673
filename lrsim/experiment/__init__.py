"""The experiment format: tables, files, dotted keys, and what may be said of each."""
