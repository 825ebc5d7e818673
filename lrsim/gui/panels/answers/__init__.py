"""The panel that tells which classes a model takes for which."""
