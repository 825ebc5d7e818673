"""The bottom strip: the rate, and the transport."""
