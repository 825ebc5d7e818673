"""The iteration table."""
