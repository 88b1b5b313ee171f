"""Hidden tests of homework 2.

`reference` holds the right formulas and `mistakes` the values that typical mistakes give; `support` draws inputs and
compares; `common` holds the tests that every pair of functions gets, `rnn` and `lstm` those of one notebook.
"""
