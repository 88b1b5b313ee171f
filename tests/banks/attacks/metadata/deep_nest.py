"""Metadata nested a hundred thousand deep, which overflows the stack of careless readers."""
# kind: notebook


def change(notebook):
    deep = "[" * 100_000 + "]" * 100_000
    return '{"nbformat": 4, "nbformat_minor": 5, "metadata": {"x": ' + deep + '}, "cells": []}'
