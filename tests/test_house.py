"""The house rules that a program can check: import directions, lock files, what must not be in the repository."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def offenders(folder: str, forbidden: str, allowed: str = r"(?!)") -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in sorted(imports(path))
        if re.match(forbidden, name) and not re.match(allowed, name)
    ]


def test_utils_never_imports_the_grader() -> None:
    assert offenders("utils", r"(autograder|tests)\b") == []


def test_what_runs_beside_student_code_imports_nothing_else_of_the_grader() -> None:
    forbidden, probes = r"(autograder|utils|tests)\b", "autograder/kernel/probes/"
    found = offenders("autograder/kernel", forbidden, r"autograder\.kernel\b")
    # A probe looks at a notebook from inside, and may know what the notebook knows.
    assert [line for line in found if not (line.startswith(probes) and ": utils" in line)] == []


def test_hidden_tests_use_the_students_code_only_through_calls() -> None:
    forbidden = r"autograder\b"
    allowed = r"autograder\.(errors|student|testing|hidden_tests|kernel\.wire)\b|autograder\.kernel$"
    assert offenders("autograder/hidden_tests", forbidden, allowed) == []


def test_only_the_command_line_wires_everything() -> None:
    for path in (ROOT / "autograder").glob("*.py"):
        if not path.name.startswith(("cli", "__main__")):
            assert not {name for name in imports(path) if re.match(r"autograder\.cli\b|autograder\.cli_", name)}, (
                path.name
            )


def test_notebooks_import_utils_and_common_packages_only() -> None:
    allowed = {"numpy", "matplotlib", "torch", "torchvision", "utils", "autograder", "copy", "time", "math", "pathlib"}
    for twin in (ROOT / "assignments").glob("*/[0-9]*.py"):
        assert {name.split(".")[0] for name in imports(twin)} <= allowed, twin.name


def locked() -> dict[str, str]:
    pattern = re.compile(r"^([\w.-]+)==([^\s;]+)(.*)$")
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    found = (pattern.match(line) for line in lines)
    return {f"{m[1]}{m[3]}": m[2] for m in found if m}


def test_environment_yml_has_the_locked_versions() -> None:
    lines = re.findall(r'- "([\w.-]+)==([^\s;"]+)([^"]*)"', (ROOT / "environment.yml").read_text(encoding="utf-8"))
    versions = locked()
    assert lines
    for name, version, marker in lines:
        assert versions[f"{name}{marker}"] == version


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=]", entry)[0] for entry in project["dependencies"]}
    assert names <= {key.split(" ")[0] for key in locked()}


def test_torch_and_torchvision_are_a_pair() -> None:
    versions = locked()
    torch, torchvision = (versions[name].split(".") for name in ("torch", "torchvision"))
    # torchvision 0.(n + 15) has been built for torch 2.n since 2.0.
    assert (torch[0], int(torch[1]) + 15) == ("2", int(torchvision[1]))


def tracked() -> list[Path]:
    try:
        listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / line for line in listing.splitlines()]


def test_nothing_that_grading_makes_is_tracked() -> None:
    made = re.compile(r"(submitted|autograded|feedback|demo)/|gradebook\.db")
    assert [path for path in tracked() if made.match(str(path.relative_to(ROOT)))] == []
