"""The sole owner of what changes: commands in, snapshots out, work in the background."""
