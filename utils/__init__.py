"""The package that the notebooks import: gradient checking, visible checks, layers that are given.

It holds no solution and no hidden test. Nothing is imported here, so that a notebook only pays for what it uses.
"""
