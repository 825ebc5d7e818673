"""What becomes of all weights of a layer, over steps."""
