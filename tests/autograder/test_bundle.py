"""The zip that students get: what is in it, that it is the same each time, and that it runs alone."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import types
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
import typer
from bundle_folder import lonely_python, released_copy, run, unpacked
from typer.testing import CliRunner

import utils
from autograder import bundling, cli_bundle, notebooks
from autograder.bundling import bundle, contents, read_published
from autograder.colab import CELL_ID, colab_cell
from autograder.course import Course
from autograder.errors import ReleaseMismatch, UsageError
from autograder.record import load_record
from autograder.requirements import imported, read_lock, requirements_txt
from autograder.results import Status
from autograder.sanitise import sanitise
from utils import colab

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def course(repository: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with homework 0 released; the tests put back what they change."""
    return released_copy(repository, tmp_path_factory.mktemp("bundle"), "hw0")


@pytest.fixture(scope="module")
def files(course: Course) -> dict[str, bytes]:
    return contents(course, "hw0")


@pytest.fixture
def policy(course: Course) -> Path:
    path = course.twins("hw0") / "assignment.toml"
    before = path.read_text(encoding="utf-8")
    yield path
    path.write_text(before, encoding="utf-8")


def test_everything_is_in_it(files: dict[str, bytes]) -> None:
    package = Path(utils.__file__).parent
    modules = {f"utils/{path.relative_to(package).as_posix()}" for path in package.rglob("*.py")}
    wanted = {"0_start.ipynb", "README.md", "requirements.txt", "environment.yml", "homework.json"}
    assert wanted | modules <= files.keys()
    assert "utils/data/embedded/glove_10k_50d.npz" in files
    assert {name for name in files if name.endswith(".ipynb")} == {"0_start.ipynb"}


def test_all_of_utils_that_is_tracked_is_in_it(files: dict[str, bytes]) -> None:
    try:
        listing = subprocess.run(["git", "ls-files", "utils"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    there = {line for line in listing.stdout.splitlines() if (ROOT / line).is_file()}
    assert there <= files.keys()


def test_nothing_is_in_it_that_students_must_not_get(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        assert "autograder" not in name
        assert not re.search(rb"(BEGIN|END) (SOLUTION|HIDDEN TESTS)|hidden_tests\(|(from|import) autograder", data), (
            name
        )
        assert str(ROOT).encode() not in data, name
        assert "__pycache__" not in name
    solution = "difference = x[:, None].astype(float)"
    assert solution in (ROOT / "assignments/hw0/0_start.py").read_text(encoding="utf-8")
    assert not [name for name, data in files.items() if solution.encode() in data]


def test_the_bytes_are_the_same_each_time(course: Course, tmp_path: Path) -> None:
    first = bundle(course, "hw0", tmp_path / "one").read_bytes()
    for path in (course.root / "release").rglob("*"):
        os.utime(path, (1e9, 1e9))
    assert bundle(course, "hw0", tmp_path / "two").read_bytes() == first
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["hw0.zip"]


def test_the_zip_unpacks_into_one_folder(course: Course, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle(course, "hw0", tmp_path)) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"hw0"}
        assert archive.testzip() is None
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_homework_json_says_what_was_handed_out(course: Course, files: dict[str, bytes]) -> None:
    said = json.loads(files["homework.json"])
    assignment = course.assignment("hw0")
    assert (said["name"], said["due"]) == ("hw0", assignment.due.isoformat())
    assert [(n["name"], n["points"]) for n in said["notebooks"]] == [(n.name, n.points) for n in assignment.notebooks]
    cells = {cell["grade_id"]: cell for cell in said["notebooks"][0]["cells"]}
    assert {name for name, cell in cells.items() if cell["kind"] == "answer"} == {"squared_distances", "nearest"}
    assert {name: cell["points"] for name, cell in cells.items() if cell["kind"] == "checks"} == {
        "test_squared_distances": 3,
        "test_nearest": 2,
    }
    # Of the text in the bundle's own notebooks, since a student's are compared with them.
    for cell in nbformat.reads(files["0_start.ipynb"].decode(), as_version=4).cells:
        name = notebooks.grade_id_of(cell)
        if name:
            assert cells.pop(name)["sha256"] == hashlib.sha256(cell.source.strip().encode()).hexdigest()
    assert not cells


def test_the_fingerprint_follows_the_contents(files: dict[str, bytes]) -> None:
    other = files | {"utils/start.py": files["utils/start.py"] + b"\n"}
    assert bundling.fingerprint(files) != bundling.fingerprint(other)
    assert re.fullmatch("[0-9a-f]{12}", json.loads(files["homework.json"])["release"])


def test_requirements_have_the_locked_versions(files: dict[str, bytes]) -> None:
    lines = files["requirements.txt"].decode().splitlines()
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert set(lines) <= set(lock)
    names = {line.split("==")[0] for line in lines}
    assert {"torch", "torchvision", "numpy", "pillow", "nbclient", "notebook", "ipykernel"} <= names
    assert not names & {"nbgrader", "pytest", "typer"}
    for line in lines:
        assert f'"{line}"' in files["environment.yml"].decode()


def test_what_is_not_locked_is_named() -> None:
    with pytest.raises(UsageError, match=r"utils/new\.py imports flax, which requirements\.lock does not have"):
        requirements_txt(read_lock(ROOT), {"utils/new.py": b"def f():\n    import flax\n"})


def test_imports_of_notebooks_are_found() -> None:
    cells = [
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import numpy as np\n", "!pip install x"]},
        {"cell_type": "markdown", "source": ["import nothing"]},
        {"cell_type": "code", "source": ["from PIL import Image"]},
    ]
    assert imported("a.ipynb", json.dumps({"cells": cells})) == {"numpy", "PIL"}


def test_the_readme_is_a_page_and_its_facts_are_right(course: Course, files: dict[str, bytes]) -> None:
    text = files["README.md"].decode()
    assert len(text.splitlines()) < 80
    assert "Due Friday, 22 January 2027, 23:59 (UTC-05:00). 5 points." in text
    assert "`0_start.ipynb`" in text
    assert "python -m utils.submit" in text
    assert "{{" not in text
    assert "handout.html" not in text, "homework 0 has none"


# Alone


def test_the_repository_is_out_of_reach_of_the_lonely_python(tmp_path: Path) -> None:
    code = (
        "import importlib.util as u; print(u.find_spec('autograder'), u.find_spec('utils'), u.find_spec('numpy').name)"
    )
    result = run(lonely_python(tmp_path / "venv"), "-c", code, cwd=tmp_path)
    assert result.stdout.split() == ["None", "None", "numpy"], result.stderr


def test_it_runs_where_only_it_is_unpacked(course: Course, tmp_path: Path) -> None:
    folder = unpacked(course, "hw0", tmp_path)
    path = folder / "0_start.ipynb"
    text = path.read_text(encoding="utf-8")
    answers = {
        "squared_distances": "def squared_distances(x, y):\n    return ((x[:, None] - 1.0 * y) ** 2).sum(axis=2)",
        "nearest": "def nearest(x, y):\n    return squared_distances(x, y).argmin(axis=1)",
    }
    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(notebooks.grade_id_of(cell) or "", cell.source)
    path.write_text(notebooks.dumps(notebook), encoding="utf-8")
    result = run(lonely_python(tmp_path / "venv"), "-m", "utils.submit", "ada", cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 of 2 checks passed" in result.stdout
    assert (folder / "hw0_ada.zip").is_file()


@pytest.mark.slow
@pytest.mark.timeout(2400)  # more than pip is given below: what is slow is the network and the disk, not the code
def test_it_runs_in_a_fresh_environment(course: Course, tmp_path: Path) -> None:
    if not os.environ.get("COURSE_FRESH_ENVIRONMENT"):
        pytest.skip("installs torch and more anew: set COURSE_FRESH_ENVIRONMENT=1 to run it")
    folder = unpacked(course, "hw0", tmp_path)
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "-r", "requirements.txt"]
    subprocess.run(command, cwd=folder, check=True, timeout=1800)
    result = run(python, "-m", "utils.submit", "ada", cwd=folder)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "not answered yet: squared_distances, nearest" in result.stdout
    assert "ModuleNotFoundError" not in result.stdout


# Colab


def test_the_first_code_cell_is_for_colab(files: dict[str, bytes]) -> None:
    cells = nbformat.reads(files["0_start.ipynb"].decode(), as_version=4).cells
    first = next(cell for cell in cells if cell.cell_type == "code")
    assert first.id == CELL_ID
    assert cells[0].source.startswith("# 0 "), "the title comes first"


def test_elsewhere_it_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = dict(sys.modules), list(sys.path), Path.cwd()
    exec(colab_cell("hw0").source, {})
    assert (dict(sys.modules), list(sys.path), Path.cwd()) == before
    assert capsys.readouterr().out == ""


@pytest.fixture
def on_colab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Colab of our own: its Drive is a folder here."""
    mounted: list[str] = []
    fake = types.ModuleType("google.colab")
    fake.drive = types.SimpleNamespace(mount=mounted.append)
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", fake)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drive").mkdir()
    yield tmp_path / "drive"
    assert mounted == ["/content/drive"]


def source_for(drive: Path, **published: str) -> str:
    source = colab_cell("hw0", **published).source
    assert "/content/drive/MyDrive/hw0" in source
    return source.replace("/content/drive/MyDrive", str(drive))


def test_on_colab_the_folder_in_the_drive_is_used(on_colab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (on_colab / "hw0" / "utils").mkdir(parents=True)
    called: list[bool] = []
    monkeypatch.setattr(colab, "install_missing", lambda: called.append(True))
    exec(source_for(on_colab), {})
    assert str(Path.cwd()) == str(on_colab / "hw0")
    assert sys.path[0] == str(on_colab / "hw0")
    assert called


def test_on_colab_a_missing_folder_is_said(on_colab: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"unpack hw0.zip .* upload the folder hw0 to My Drive"):
        exec(source_for(on_colab), {})


def test_on_colab_a_public_bundle_is_fetched(on_colab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def clone(command: list[str], check: bool) -> None:
        assert check
        ran.append(command)
        (Path(command[-1]) / "utils").mkdir(parents=True)

    monkeypatch.setattr(subprocess, "run", clone)
    monkeypatch.setattr(colab, "install_missing", lambda: None)
    exec(source_for(on_colab, github="school/homework", branch="fall"), {})
    (command,) = ran
    assert command[:2] == ["git", "clone"]
    assert command[-4:] == ["--branch", "fall", "https://github.com/school/homework", str(on_colab / "hw0")]


def test_only_what_is_missing_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("numpy==0.1\nno-such-package==1.0 ; python_version < '4'\nno-such-package==2.0\n")
    assert colab.missing(path.read_text()) == ["no-such-package"]
    ran: list[list[str]] = []
    done = types.SimpleNamespace(returncode=1, stderr="cannot find it", stdout="")
    monkeypatch.setattr(subprocess, "run", lambda command, **kwargs: ran.append(command) or done)
    with pytest.raises(RuntimeError, match=r"no-such-package could not be installed.*cannot find it"):
        colab.install_missing(path)
    assert ran[0][1:] == ["-m", "pip", "install", "--quiet", "no-such-package"]


def test_the_cell_is_no_trouble_when_it_is_handed_in(course: Course, files: dict[str, bytes]) -> None:
    clean = sanitise(files["0_start.ipynb"], load_record(course, "hw0", "0_start"))
    assert (clean.status, clean.notes) == (Status.GRADED, ())


def test_python_of_the_cell_is_right_with_and_without_an_address() -> None:
    for published in ({}, {"github": "a/b"}):
        ast.parse(colab_cell("hw2", **published).source)


def test_badges_lead_to_the_public_repository(course: Course, policy: Path) -> None:
    policy.write_text(policy.read_text() + '\n[bundle]\ngithub = "school/homework"\n')
    (policy.parent / "handout.md").write_text("# Homework\n\n<!-- colab -->\n", encoding="utf-8")
    try:
        files = contents(course, "hw0")
    finally:
        (policy.parent / "handout.md").unlink()
    page = files["handout.html"].decode()
    assert 'href="https://colab.research.google.com/github/school/homework/blob/main/0_start.ipynb"' in page
    assert 'alt="Open 0_start in Colab"' in page
    assert "github.com/school/homework" in files["README.md"].decode()
    assert "https://github.com/school/homework" in files["0_start.ipynb"].decode()


# Bad input


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[bundle]\ngithub = 3", "expected text such as"),
        ('[bundle]\ngithub = "homework"', "expected github to be owner/repository, got 'homework'"),
        ('[bundle]\naddress = "a/b"', "known fields are github and branch"),
        ("bundle = 3", "known fields are github and branch"),
    ],
)
def test_a_wrong_address_is_refused(course: Course, policy: Path, table: str, message: str) -> None:
    text = policy.read_text()
    policy.write_text(f"{table}\n{text}" if "[" not in table else f"{text}\n{table}\n")
    with pytest.raises(UsageError, match=message):
        read_published(course, "hw0")


def test_what_is_not_released_is_not_bundled(course: Course, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown homework 'hw9'"):
        bundle(course, "hw9", tmp_path / "to")
    notebook = course.release("hw0") / "0_start.ipynb"
    notebook.rename(tmp_path / "away")
    try:
        with pytest.raises(ReleaseMismatch, match=r"0_start\.ipynb does not exist: run `course release hw0`"):
            bundle(course, "hw0", tmp_path / "to")
    finally:
        (tmp_path / "away").rename(notebook)
    assert not (tmp_path / "to").exists()


def test_a_leak_stops_it(course: Course, tmp_path: Path) -> None:
    stray = course.release("hw0") / "notes.txt"
    stray.write_text("from autograder.inprocess import hidden_tests\n")
    try:
        with pytest.raises(ReleaseMismatch, match=r"no bundle: notes\.txt holds `"):
            bundle(course, "hw0", tmp_path)
    finally:
        stray.unlink()
    assert list(tmp_path.iterdir()) == []


def test_the_command(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()
    cli_bundle.register(app)
    monkeypatch.chdir(course.root)
    result = CliRunner().invoke(app, ["bundle", "hw0", "--to", str(tmp_path / "new" / "folder")])
    assert result.exit_code == 0, result.output
    assert "hw0.zip, 2" in result.output
    assert (tmp_path / "new" / "folder" / "hw0.zip").is_file()
    (tmp_path / "file").touch()
    result = CliRunner().invoke(app, ["bundle", "hw0", "--to", str(tmp_path / "file")])
    assert isinstance(result.exception, OSError), "which `course` prints in one line"
