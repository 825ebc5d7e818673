"""Conditions that stop the run: what they are, where they came true, and how to set them."""
