"""What the units of the first layer look for in an image."""
