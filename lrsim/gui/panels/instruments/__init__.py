"""The panel of instruments, and what it measures in the background."""
