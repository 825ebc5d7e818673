"""Sharpness over steps against what the rate allows."""
