"""A parameter against itself one step later."""
