"""What happened: recorded rows, branches, replay, and what a view reads of them."""
