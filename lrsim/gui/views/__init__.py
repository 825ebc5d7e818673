"""Pictures of one run, a file or a folder each, their drawing included."""
