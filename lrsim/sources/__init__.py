"""Where samples come from: one module a kind of source, `registry` the list of them, `describe` what they hold."""
