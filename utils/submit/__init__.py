"""Checks a homework, runs it, and packs it for handing in: ``python -m utils.submit YOUR-ID``.

It works in the folder that students get, whose ``homework.json`` says what belongs to the homework.
"""
