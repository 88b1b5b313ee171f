"""Hidden tests of homework 0: two functions, two short lists of tests."""
