"""The toolkit of every chart: axes, scales, ticks, strokes, marks, read-out, export."""
