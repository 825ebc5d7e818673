"""A step explained: what went into it and what came of it, with the numbers in it."""
