"""The branches of a run as a tree, and two of them held against each other."""
