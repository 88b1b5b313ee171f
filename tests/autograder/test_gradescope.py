"""Gradescope's autograder: what is in the zip, and ``run_autograder`` on submissions in Gradescope's folders."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from small_course import call, put, small_course, zipped

from autograder import notebooks
from autograder.course import Course
from autograder.errors import UsageError
from autograder.exporting.gradescope_run import main
from autograder.exporting.gradescope_zip import CODE, autograder_zip
from autograder.samples import fill_in, solutions_of

Autograde = Callable[[dict[str, bytes | str]], tuple[int, dict, str]]  # type: ignore[type-arg]
NAME = "3_rnn"


@pytest.fixture(scope="module")
def built(released: Course) -> bytes:
    return autograder_zip(released, "hw2")


def test_what_is_in_the_zip(built: bytes) -> None:
    archive = zipfile.ZipFile(io.BytesIO(built))
    names = set(archive.namelist())
    assert {"setup.sh", "run_autograder", "course/nbgrader_config.py", "course/requirements.lock"} <= names
    assert {f"course/{kind}/hw2/{NAME}.ipynb" for kind in ("source", "release")} <= names
    assert f"course/autograder/hidden_tests/hw2/{NAME[2:]}.py" in names
    # Nobody's work, and nothing that is not needed there.
    private = (
        r"course/(submitted|autograded|feedback|exports|tests|gradebook|roster|extensions|\.)|.*(__pycache__|\.pyc$)"
    )
    assert not [name for name in names if re.match(private, name)]
    modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert modes["course/pyproject.toml"] == 0o644
    for script in ("setup.sh", "run_autograder"):
        text = archive.read(script).decode()
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "\r" not in text
        assert not re.search(r"@[A-Z_]+@", text)
        subprocess.run(["bash", "-n"], input=text.encode(), check=True)


def test_the_same_course_gives_the_same_zip(built: bytes, released: Course) -> None:
    assert autograder_zip(released, "hw2") == built


def test_the_index_of_torch_reaches_the_script(released: Course) -> None:
    data = autograder_zip(released, "hw2", "https://example.org/whl/cpu")
    text = zipfile.ZipFile(io.BytesIO(data)).read("setup.sh").decode()
    assert 'TORCH_INDEX="https://example.org/whl/cpu"' in text
    for bad in ('"; rm -rf /', "$(date)", "ftp://x"):
        with pytest.raises(UsageError, match="expected an address like https"):
            autograder_zip(released, "hw2", bad)


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = small_course(tmp_path / "course")
    monkeypatch.chdir(course.root)
    assert call("export", "hw9", "--to", "gradescope-autograder")[0] == 2
    (course.release("hw2") / "3_rnn.ipynb").unlink()
    code, said = call("export", "hw2", "--to", "gradescope-autograder")
    assert code == 2
    assert "hw2 is not released, 3_rnn is missing: run `course release hw2` first" in said
    with pytest.raises(UsageError, match=r"has no pyproject.toml: run this from a checkout"):
        autograder_zip(course, "hw1", code=tmp_path)
    assert not (course.root / "exports").exists()


def test_the_command_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = small_course(tmp_path / "course")
    monkeypatch.chdir(course.root)
    code, said = call("export", "hw2", "--to", "gradescope-autograder", "--out", "auto.zip")
    assert code == 0
    assert "it holds solutions and hidden tests" in said
    assert "course/assignments/hw2/assignment.toml" in zipfile.ZipFile("auto.zip").namelist()


@pytest.fixture(scope="module")
def image(built: bytes, released: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``/autograder`` as ``setup.sh`` leaves it; Python is this environment's, the gradebook that of the release."""
    root = tmp_path_factory.mktemp("image") / "autograder"
    source = root / "source"
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        archive.extractall(source)
    (source / "run_autograder").chmod(0o755)
    shutil.copyfile(released.root / "gradebook.db", source / "course" / "gradebook.db")
    return root


@pytest.fixture
def autograde(image: Path, tmp_path: Path) -> Autograde:
    def run(files: dict[str, bytes | str]) -> tuple[int, dict, str]:  # type: ignore[type-arg]
        root = tmp_path / "autograder"
        put(root / "submission", files).mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "AUTOGRADER_ROOT": str(root),
            "AUTOGRADER_COURSE": str(image / "source" / "course"),
            "AUTOGRADER_PYTHON": sys.executable,
        }
        done = subprocess.run(
            [image / "source" / "run_autograder"], env=environment, capture_output=True, text=True, timeout=300
        )
        path = root / "results" / "results.json"
        return done.returncode, json.loads(path.read_text()) if path.exists() else {}, done.stdout + done.stderr

    return run


def filled(image: Path, cells: dict[str, str]) -> bytes:
    return notebooks.dumps(fill_in(Course(image / "source" / "course"), "hw2", NAME, cells)).encode()


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_submission_is_graded(image: Path, autograde: Autograde) -> None:
    solved = solutions_of(Course(image / "source" / "course"), "hw2", NAME)
    code, results, said = autograde({"hw2_ada.zip": zipped({f"{NAME}.ipynb": filled(image, solved)})})
    assert code == 0, said
    tests = [test for test in results["tests"] if test["name"].startswith(f"{NAME}: ")]
    assert tests
    assert all(test["status"] == "passed" and test["score"] == test["max_score"] for test in tests)
    assert results["score"] == pytest.approx(sum(test["score"] for test in tests), abs=0.005)
    assert results["score"] > 5
    assert "points are for what people mark" in results["output"]
    others = [test for test in results["tests"] if test not in tests]
    assert all(test["score"] == 0 for test in others)


@pytest.mark.slow
@pytest.mark.sandbox
def test_the_next_submission_has_nothing_of_the_one_before(image: Path, autograde: Autograde) -> None:
    code, results, said = autograde({f"{NAME}-1.ipynb": filled(image, {}), "notes.txt": "x"})
    assert code == 0, said
    assert results["score"] == 0
    failed = [test for test in results["tests"] if test["name"].startswith(f"{NAME}: ")]
    assert failed
    assert all(test["output"] for test in failed)


def test_a_submission_without_notebooks_scores_nothing_and_says_why(autograde: Autograde) -> None:
    code, results, _ = autograde({"report.pdf": b"%PDF"})
    assert (code, results["score"], results["tests"]) == (0, 0.0, [])
    assert results["output"].startswith("none of the homework's notebooks was handed in: expected ")


def test_trouble_of_the_graders_gives_no_score(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "course"
    shutil.copytree(image / "source" / "course", broken, ignore=shutil.ignore_patterns("autograder", "utils"))
    monkeypatch.chdir(broken)
    results = tmp_path / "results" / "results.json"
    submission = put(tmp_path / "submission", {f"{NAME}.ipynb": filled(image, {})})
    monkeypatch.setenv("COURSE_SANDBOX", "maybe")
    assert main(["hw2", str(submission), str(results)]) == 2
    assert "unknown sandbox mode 'maybe'" in capsys.readouterr().err
    monkeypatch.setenv("COURSE_SANDBOX", "off")
    assert main(["hw9", str(submission), str(results)]) == 2
    assert main(["hw2", str(tmp_path / "nowhere"), str(results)]) == 2
    assert main([]) == 2
    capsys.readouterr()
    (broken / "release" / "hw2" / f"{NAME}.ipynb").unlink()
    assert main(["hw2", str(submission), str(results)]) == 1
    assert f"{NAME}.ipynb does not exist: run `course release hw2`" in capsys.readouterr().err
    assert not results.exists()


def test_the_checkout_is_where_the_package_lies() -> None:
    assert (CODE / "autograder" / "exporting" / "gradescope_files" / "setup.sh").is_file()
