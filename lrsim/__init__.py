"""A desktop learning-rate simulator: train small networks step by step and see what the learning rate does."""

__version__ = "0.1.0"
