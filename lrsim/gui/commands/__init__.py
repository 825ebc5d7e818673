"""What people can do: actions, and edits that can be undone."""
