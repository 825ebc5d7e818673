"""What every room may use: errors and decoding, expressions, numbers, marked text, whole files."""
