"""The layout for many runs at once: what to sweep, the runs under way, and their charts."""
