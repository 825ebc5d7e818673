"""From what was measured to one sentence: evidence, rules, words. Pure.

`gather` makes the `evidence` of a run from plain values, whoever has trained it; `measures` reads its curves. `rules`
is the ordered table of all rules, which stand in `values`, `classes` and `overfitting`: the first one that matches
gives a `finding`, a code with figures and the ids of messages; `advice` says what to try. `wording` has the sentence of
each id, and turns a finding into the verdict that is shown and written.
"""
