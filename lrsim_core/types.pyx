"""Codes of activations, losses and outcomes, visible from Python (`types.Activation`, `types.Loss`, `types.Status`)."""
