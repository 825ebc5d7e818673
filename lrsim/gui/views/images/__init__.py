"""Samples that are images, as images, with what the model says of them."""
