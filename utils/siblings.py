"""Functions that another notebook of the same homework has defined, as a module.

Problem 5 is built of the layers of problems 3 and 4. `load_sibling` takes them from the notebook that lies beside this
one, as it was saved last: it runs the cells in which a solution was asked for, and of all other cells the imports, the
functions and the classes only. Nothing is trained or drawn again.
"""

from __future__ import annotations

import ast
import functools
import json
import linecache
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

MISSING, NOT_WRITTEN, RAISED = "is missing", "is not implemented yet", "raised an error"
"""What may be the matter with a function."""

troubles: dict[str, str] = {}
"""Functions that could not be used, and what was the matter with each; shows which notebook to go back to."""


class SiblingError(RuntimeError):
    """A function of another notebook cannot be used; the text says which, and what to do."""


@dataclass(frozen=True)
class _Cell:
    """A code cell of a notebook."""

    name: str
    source: str
    solution: bool
    """Whether a solution was asked for in it."""


def load_sibling(notebook: str, *functions: str, folder: str | Path = ".") -> ModuleType:
    """Load functions from the solution cells of another notebook.

    Parameters
    ----------
    notebook : str
        Its name, such as ``"3_rnn"``. The file is read as it was saved last.
    *functions : str
        The functions that are needed.
    folder : str or Path, optional
        Where the notebook lies; in a notebook, the current folder is the notebook's own.

    Returns
    -------
    module
        Has the functions as attributes. One that the notebook does not define, or has not written yet, raises
        `SiblingError` when it is called, so that work that does not need it can go on.

    Examples
    --------
    >>> rnn = load_sibling("3_rnn", "rnn_forward", folder="/nowhere")  # doctest: +ELLIPSIS
    3_rnn.ipynb: rnn_forward is missing. There is no such file in /nowhere...
    """
    file = f"{notebook}.ipynb"
    module = ModuleType(f"notebook_{notebook}", f"The solutions of {file}.")
    sys.modules[module.__name__] = module  # where a class of the notebook looks for the names that it uses
    reasons: list[str] = []
    try:
        for cell in _read(Path(folder) / file):
            reasons.extend(_run(cell, file, module))
    except SiblingError as error:
        reasons.append(str(error))
    missing = [name for name in functions if not callable(getattr(module, name, None))]
    for name in functions:
        troubles.pop(name, None)
        found = getattr(module, name, None)
        if callable(found):
            setattr(module, name, _watched(name, found, file))
        else:
            setattr(module, name, _stand_in(name, file, " ".join(reasons)))
    _report(file, functions, missing, reasons)
    return module


def _report(file: str, functions: tuple[str, ...], missing: list[str], reasons: list[str]) -> None:
    found = [name for name in functions if name not in missing]
    if found:
        print(f"{file}: found {', '.join(found)}")
    if missing:
        verb = MISSING if len(missing) == 1 else "are missing"
        print(f"{file}: {', '.join(missing)} {verb}. {' '.join(reasons)}".rstrip())


def _read(path: Path) -> Iterator[_Cell]:
    """The code cells of a notebook, but for those that only check or grade."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        cells = [(cell, _joined(cell["source"])) for cell in tree["cells"] if cell["cell_type"] == "code"]
    except FileNotFoundError:
        raise SiblingError(
            f"There is no such file in {path.parent.resolve()}: put the notebook there, under this name."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise SiblingError("The file cannot be read as a notebook: save it again from Jupyter.") from None
    for number, (cell, source) in enumerate(cells, start=1):
        meta = _nbgrader(cell)
        if not meta.get("grade"):
            name = str(meta.get("grade_id") or f"code cell {number}")
            yield _Cell(name, source, bool(meta.get("solution")))


def _joined(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)


def _nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    meta = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return meta if isinstance(meta, dict) else {}


def _run(cell: _Cell, file: str, module: ModuleType) -> Iterator[str]:
    """Run a cell, or what is taken from it; give a reason for each thing that did not work."""
    source = _plain_python(cell.source)
    name = f"<{file}: {cell.name}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        parts = list(_parts(source, name, cell.solution))
    except SyntaxError as error:
        if cell.solution:
            yield f"Its cell {cell.name} is not valid Python: {error.msg}, line {error.lineno}."
        return
    for code in parts:
        try:
            exec(code, module.__dict__)
        except (Exception, SystemExit) as error:
            if cell.solution:
                yield f"Its cell {cell.name} raised {type(error).__name__} when it was run."


def _plain_python(source: str) -> str:
    """The source without lines for IPython, such as ``%timeit`` or ``!ls``; each becomes an empty statement."""
    lines = source.splitlines()
    return "\n".join(
        line[: len(line) - len(line.lstrip())] + "pass" if line.lstrip().startswith(("%", "!")) else line
        for line in lines
    )


def _parts(source: str, name: str, solution: bool) -> Iterator[CodeType]:
    """What to run: a solution cell as a whole, of any other cell each import, function and class."""
    if solution:
        yield compile(source, name, "exec")
        return
    wanted = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    for node in ast.parse(source, name).body:
        if isinstance(node, wanted):
            yield compile(ast.Module([node], []), name, "exec")


def _watched(name: str, function: Callable[..., Any], file: str) -> Callable[..., Any]:
    """The function itself, but that an error in it says where it comes from."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except NotImplementedError as error:
            troubles[name] = NOT_WRITTEN
            raise SiblingError(
                f"{name} of {file} {NOT_WRITTEN}: write it there, save that notebook, and load it here again"
            ) from error
        except Exception as error:
            troubles[name] = RAISED
            error.add_note(f"This was raised in {name} of {file}.")
            raise

    return call


def _stand_in(name: str, file: str, reason: str) -> Callable[..., Any]:
    troubles[name] = MISSING

    def missing(*args: Any, **kwargs: Any) -> Any:
        raise SiblingError(f"{name} of {file} {MISSING}. {reason}".strip())

    missing.__name__ = name
    return missing
