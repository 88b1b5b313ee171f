"""``course doctor``: whether this machine can do the course's work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from autograder.doctor import Check

out = Console()
_COLOURS = {"ok": "green", "note": "yellow", "missing": "red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    sandbox: Annotated[str, typer.Option(help="With which mode you will grade: full, partial or off.")] = "full",
    profile: Annotated[str, typer.Option(help="With which profile: full needs the real data.")] = "smoke",
    json_output: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Say what of all that is needed works here; exit code 1 if something is missing."""
    from autograder.doctor import as_json, examine, needed_is_missing

    checks = examine(sandbox=sandbox, profile=profile)
    if json_output:
        typer.echo(as_json(checks))
    else:
        for check in checks:
            _show(check)
    if needed_is_missing(checks):
        raise typer.Exit(1)


def _show(check: Check) -> None:
    out.print(f"[{_COLOURS[check.state.value]}]{check.state.value:<8}[/]", end="", highlight=False)
    out.print(f"{check.name}: {check.detail}", highlight=False, markup=False, soft_wrap=True)
    if check.remedy:
        out.print(f"        to do: {check.remedy}", highlight=False, markup=False, soft_wrap=True)
