"""From an experiment to steps: the problem, its state, and the loop that moves it."""
