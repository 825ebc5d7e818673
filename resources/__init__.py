"""Files that travel with the program: the presets (read through ``importlib.resources`` as ``lrsim.resources``)."""
