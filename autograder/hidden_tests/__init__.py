"""The hidden tests, one package a homework, and the values that they expect. Nothing in here ever enters a kernel.

`autograder.testing.load_groups` imports every module of a homework's package; a module that marks functions with
`autograder.testing.hidden_test` has thereby added its tests.
"""
