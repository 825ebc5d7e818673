"""Between the session and the widgets: threads, turns, throttles, two-way bindings."""
