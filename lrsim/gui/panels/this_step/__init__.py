"""The present step written out, and the stages of the next one."""
