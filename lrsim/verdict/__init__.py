"""From what was measured to one sentence: evidence, rules, words. Pure."""
