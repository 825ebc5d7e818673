"""The doors without Qt: grammar, commands, what the program tells of itself and of the display."""
