"""Charts drawn with QPainter: scales, axes, cursors, and plots over steps."""
