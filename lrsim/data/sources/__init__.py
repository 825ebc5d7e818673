"""Where rows come from: a file a source, listed once in the registry."""
