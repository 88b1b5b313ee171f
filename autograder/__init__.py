"""The package that grades: hidden tests, trusted calls, sandbox, gradebook and command line.

This file is one of the few that a confined kernel can read, so it imports nothing and says nothing about the tests.
"""
