"""Rates are tried on copies of a run before one is advised. Knows no window and no clock.

`subject` is the run that advice is for; `copies` train it with another rate; `ladder` says which rate is next, `race`
lets the better ones go on for longer; `trials` is the whole, taken a slice at a time. `budget` counts work in
multiply-adds, so that the same run gets the same advice on every machine, and `ends` says what figures are compared.
"""
