"""What runs inside a student's kernel process: the wire format, the answering of calls, the confinement from within.

Nothing here may import the rest of `autograder`: a confined kernel can read this folder and no other part of it.
"""
