"""Carries a made-up result of the grader in the notebook's own metadata."""
# kind: notebook


def change(notebook):
    test = {"name": "all", "passed": True, "points": 15.0, "max_points": 15.0, "message": "", "seconds": 0.0}
    cells = [
        {"grade_id": cell["metadata"]["nbgrader"]["grade_id"], "points": 15.0, "max_points": 15.0, "tests": [test]}
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    notebook["metadata"]["course"] = {
        "student": "attacker", "notebook": "3_rnn", "status": "graded", "notes": [], "seconds": 0.0,
        "score": 15.0, "max_score": 15.0, "cells": cells,
    }  # fmt: skip
