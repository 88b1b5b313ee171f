"""The course's own solutions as code, for tests that rest on a part of the homework that a student has wrong."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from autograder import notebooks
from autograder.course import Course


def replacing(names: tuple[str, ...], course_code: Mapping[str, str]) -> str:
    """Code that puts the course's functions in the place of the student's.

    They live in a namespace of their own, where nothing that the student has named `np` or `sigmoid` reaches them.
    """
    source = "\n\n".join(dict.fromkeys(course_code[name] for name in names))
    return (
        f"_course = {{'__name__': 'course'}}\nexec({source!r}, _course)\n"
        f"globals().update({{name: _course[name] for name in {names!r}}})"
    )


def course_code(course: Course, homework: str) -> dict[str, str]:
    """The source of the course's solution cells, by the functions and classes that they define, with their imports."""
    code: dict[str, str] = {}
    for path in sorted(course.source(homework).glob("*.ipynb")):
        imports: list[str] = []
        for cell in (cell for cell in notebooks.read(path).cells if cell.cell_type == "code"):
            body = ast.parse(cell.source).body
            if not notebooks.meta_of(cell).get("solution"):
                nodes = (node for node in body if isinstance(node, ast.Import | ast.ImportFrom))
                imports += [line for line in map(ast.unparse, nodes) if "autograder" not in line]
                continue
            for node in body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    code[node.name] = "\n".join(imports) + "\n\n" + cell.source
    return code
