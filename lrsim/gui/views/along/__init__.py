"""The true loss along the last update, with what other rates would have made of it."""
