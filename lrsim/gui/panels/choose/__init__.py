"""The sheet on which an experiment is chosen by its picture, its name and a line."""
