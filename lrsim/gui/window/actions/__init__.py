"""Everything that a hand can do in the window, declared once, and the menus made of it."""
