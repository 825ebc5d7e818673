"""Views: one picture of a run a file."""
