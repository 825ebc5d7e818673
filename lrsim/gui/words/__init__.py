"""Labels and entries in the language of the window."""
