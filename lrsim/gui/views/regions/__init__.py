"""What a model of two inputs answers everywhere."""
