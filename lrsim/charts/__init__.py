"""Charts on paper, drawn by matplotlib, and the look that window and paper share."""
