"""The main window: layouts, docks, the catalogue of actions, files, palette, failures, pictures of itself."""
