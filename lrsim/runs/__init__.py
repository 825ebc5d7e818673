"""One headless run: its driver, its result, its trace and its summary."""
