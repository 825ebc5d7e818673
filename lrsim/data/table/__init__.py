"""Tables of text as people have them: CSV and its kin, in many encodings, separators and ways to write a number."""
