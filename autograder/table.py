"""The table of scores as it is shown in a terminal."""

from __future__ import annotations

from rich.table import Table

from autograder.results import NotebookResult, Status, SubmissionResult

_COLOURS = {
    Status.GRADED: "green",
    Status.REPAIRED: "yellow",
    Status.STOPPED: "yellow",
    Status.NOT_GRADED: "red",
}


_ROOM, _STATUS_WIDTH = 50, 14
"""Characters for the notebooks' columns in a terminal of 80, and what a status takes beside a notebook's name."""


def score_table(results: list[SubmissionResult], homework: str) -> Table:
    """One row a student: score and status of each notebook, and the sum.

    Points that are marked by hand count as soon as they are marked.
    """
    names = sorted({notebook.notebook for result in results for notebook in result.notebooks})
    table = Table(title=f"{homework}: scores", caption="points marked by hand are not in yet")
    table.add_column("student")
    narrow = sum(len(name) + _STATUS_WIDTH for name in names) > _ROOM
    for name in names:
        table.add_column(name.partition("_")[0] if narrow else name, justify="right")
        if not narrow:
            table.add_column("status")
    table.add_column("score", justify="right")
    table.add_column("of", justify="right")
    for result in results:
        by_name = {notebook.notebook: notebook for notebook in result.notebooks}
        pairs = [_cells(by_name.get(name)) for name in names]
        # Where there is no room for words, a score that is not an ordinary one is marked; the notes say why.
        cells = [f"{score}{'' if 'green' in status or not status else ' *'}" for score, status in pairs]
        if not narrow:
            cells = [text for pair in pairs for text in pair]
        table.add_row(result.student, *cells, f"{result.score:.2f}", f"{result.max_score:g}")
    return table


def _cells(notebook: NotebookResult | None) -> tuple[str, str]:
    if notebook is None:
        return "", ""
    colour = _COLOURS.get(notebook.status, "red")
    score = "-" if notebook.status is Status.NOT_GRADED else f"{notebook.score:.2f}"
    return score, f"[{colour}]{notebook.status}[/{colour}]"


def what_to_know(results: list[SubmissionResult]) -> list[str]:
    """The notes of all notebooks, one line each."""
    return [
        f"{result.student} {notebook.notebook}: {note}"
        for result in results
        for notebook in result.notebooks
        for note in notebook.notes
    ]
