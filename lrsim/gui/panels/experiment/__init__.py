"""The panel that shows and edits the experiment."""
