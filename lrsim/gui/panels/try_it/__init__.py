"""The panel that asks the model about inputs of one's own."""
