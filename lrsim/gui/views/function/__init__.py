"""One output over one input: what a model of one of each answers."""
