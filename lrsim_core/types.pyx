"""Codes of activations, losses, optimizers and outcomes, visible from Python (`types.Activation`, `types.Loss`, ...)."""
