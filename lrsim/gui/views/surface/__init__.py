"""The true loss over a plane through the parameters, with the way of the run on it."""
