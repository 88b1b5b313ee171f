"""Numbers of many digits, which take quadratic time to read."""
# kind: notebook


def change(notebook):
    digits = "9" * 1_000_000
    return '{"nbformat": 4, "nbformat_minor": ' + digits + ', "metadata": {}, "cells": [' + digits + "]}"
