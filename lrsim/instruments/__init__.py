"""What is measured on a copy of a run, or before its first step."""
