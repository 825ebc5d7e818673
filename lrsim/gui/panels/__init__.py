"""What stands around the views."""
