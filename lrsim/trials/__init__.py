"""Rates are tried on copies of a run before one is advised. Knows no window and no clock.

`budget` counts the work of a training in multiply-adds, so that the same run gets the same advice on every machine.
"""
