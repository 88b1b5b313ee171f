"""Helpers that the grader calls by name inside a student's kernel: recording loaders and optimizers, model summaries.

They run beside untrusted code, so what they report is only a claim; nothing in here knows an expected value.
"""
