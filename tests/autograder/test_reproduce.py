"""The page of results: what can be run is run and leaves a record, and the page is what the records say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import commands
import pytest

from autograder.course import Course
from autograder.errors import UsageError
from autograder.reproducing import record as records
from autograder.reproducing.experiments import EXPERIMENTS, Experiment, Need, choose
from autograder.reproducing.page import make_page
from autograder.reproducing.running import ExperimentFailed, read_records, run
from autograder.reproducing.tables import seconds, table

TEXT, STYLE, TRANSFER = "text_classification-embedded", "style_transfer-embedded", "transfer_learning-squeezenet1_0"
ORIGINAL = "transfer_learning-resnet18"
FAKE = """
import json, os, sys
from pathlib import Path
from autograder.reproducing.record import Recording

recording = Recording("text_classification", "smoke")
print("epoch 1\\nepoch 2", flush=True)
results = json.loads(Path("results.json").read_text())
target = Path(sys.argv[sys.argv.index("--json") + 1])
recording.write(target, results, data="sentences", model="five", seed=int(os.environ["OMP_NUM_THREADS"]))
"""
BROKEN = "import sys\nprint('one')\nprint('the second line', file=sys.stderr)\nsys.exit(3)\n"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def course(repository: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A course with nothing but a policy and two scripts; no data set is on this machine."""
    (tmp_path / "nbgrader_config.py").touch()
    folder = tmp_path / "assignments" / "hw2"
    folder.mkdir(parents=True)
    (folder / "assignment.toml").write_bytes((repository.twins("hw2") / "assignment.toml").read_bytes())
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "fake.py").write_text(FAKE)
    (tmp_path / "benchmarks" / "broken.py").write_text(BROKEN)
    kept = json.loads((repository.root / "docs" / "results" / f"{TEXT}.json").read_text())
    (tmp_path / "results.json").write_text(json.dumps(kept["results"]))
    monkeypatch.chdir(tmp_path)
    for name in ("COURSE_DATA_MIRROR", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("PYTHONPATH", str(repository.root))
    return Course(tmp_path)


@pytest.fixture
def fakes() -> Iterator[None]:
    """One experiment that works, one that fails, and two whose data are missing."""
    before = dict(EXPERIMENTS)
    wanted = [name for name in before if name in (ORIGINAL, TRANSFER, STYLE, TEXT) or before[name].only_named]
    kept = {name: before[name] for name in wanted}
    kept[TEXT] = replace(kept[TEXT], script="fake.py")
    kept[STYLE] = replace(kept[STYLE], script="broken.py", pictures=False)
    EXPERIMENTS.clear()
    EXPERIMENTS.update(kept)
    yield
    EXPERIMENTS.clear()
    EXPERIMENTS.update(before)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return lambda *args: commands.run(capsys, monkeypatch, "reproduce", *args)


def page_of(course: Course) -> str:
    return (course.root / "docs" / "results.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("fakes")
def test_what_can_be_run_is_run_and_the_rest_goes_on(course: Course, command: Command) -> None:
    code, out, err = command()
    assert code == 1
    assert f"{TEXT}: done" in out
    assert f"{TRANSFER}: not run: Photographs of ants and bees: not on this machine; `course data fetch" in out
    assert f"{STYLE}: failed: exit code 3: the second line (all of it: results/{STYLE}.log)" in err
    assert f"failed: {STYLE}; the reasons are above" in err
    assert (course.root / "results" / f"{STYLE}.log").read_text() == "one\nthe second line\n"
    assert list(read_records(course)) == [TEXT]
    record = read_records(course)[TEXT]
    assert record["command"] == "python benchmarks/fake.py --profile smoke --test"
    assert record["seed"] == 1  # the number of threads that the script was given
    text = page_of(course)
    assert "| 6.5 GloVe, LSTM" in text
    assert "photographs, ResNet-18" in text.partition("## Not run")[2].partition("## 1")[0]
    assert (course.root / "docs" / "images" / "results" / "text_classification.svg").is_file()


@pytest.mark.usefixtures("fakes")
def test_an_old_record_stays_when_its_experiment_fails(course: Course, command: Command) -> None:
    assert command(TEXT)[0] == 0
    path = course.root / "docs" / "results" / f"{TEXT}.json"
    before, page = path.read_bytes(), page_of(course)
    for results, said in (("", "wrote no results"), ("[{}]", "wrote results that the page can't show")):
        (course.root / "results.json").write_text(results)
        script = "import shutil, sys\nshutil.copy('results.json', sys.argv[-1])"
        (course.root / "benchmarks" / "fake.py").write_text(script)
        code, _, err = command(TEXT)
        assert code == 1
        assert said in err
        assert (path.read_bytes(), page_of(course)) == (before, page)


@pytest.mark.usefixtures("fakes")
def test_pictures_are_the_same_for_the_same_record(course: Course) -> None:
    picture = course.root / "docs" / "images" / "results" / "text_classification.svg"
    drawn = set()
    for _ in range(2):
        run(course, EXPERIMENTS[TEXT])
        drawn.add(picture.read_bytes())
    assert len(drawn) == 1


def test_a_script_that_writes_only_its_results_gets_a_head(course: Course) -> None:
    (course.root / "times.json").write_text('{"small": [{"cell": "RNN", "ms": 1.5}]}')
    (course.root / "benchmarks" / "plain.py").write_text("import shutil, sys\nshutil.copy('times.json', sys.argv[-1])")
    record = run(course, replace(EXPERIMENTS["layers"], script="plain.py"))
    assert records.is_record(dict(record.tree))
    assert record["threads"] == 2
    assert record["command"] == "python benchmarks/plain.py"
    assert "| RNN  | 1.50 |" in make_page({"layers": record}, course.assignment("hw2"))


def test_of_attacks_only_numbers_are_kept(course: Course) -> None:
    found = {"ours": {"cells/one": []}, "nbgrader": {"cells/one": ["wrote /tmp/secret"], "hooks/two": ["a"]}}
    (course.root / "found.json").write_text(json.dumps(found))
    (course.root / "benchmarks" / "plain.py").write_text("import shutil, sys\nshutil.copy('found.json', sys.argv[-1])")
    record = run(course, replace(EXPERIMENTS["attacks"], script="plain.py"))
    assert record.results["nbgrader"]["cells"] == {"tried": 1, "succeed": 1}
    assert "secret" not in (course.root / "docs" / "results" / "attacks.json").read_text()
    assert re.search(r"\| cells\s+\|\s+1 \|\s+0 \|\s+1 \|", make_page({"attacks": record}, course.assignment("hw2")))


def test_results_are_taken_from_a_file(repository: Course, course: Course, command: Command) -> None:
    (course.root / "times.json").write_text('{"small": [{"cell": "RNN", "ms": 1.5}]}')
    assert command("layers", "--from", "times.json")[0] == 0
    assert "| RNN  | 1.50 |" in page_of(course)
    assert "On a machine that was not noted" in page_of(course)
    whole = repository.root / "docs" / "results" / f"{TEXT}.json"
    assert command(TEXT, "--from", str(whole))[0] == 0
    assert (course.root / "docs" / "results" / f"{TEXT}.json").read_bytes() == whole.read_bytes()
    for args, code, message in (
        (("layers", "--from", str(whole)), 1, "is a record of text_classification smoke"),
        (("attacks", "--from", "times.json"), 1, "these are no results of attacks.py"),
        (("layers", "--from", "nowhere.json"), 1, "wrote no results"),
        (("--from", "times.json"), 2, "--from takes the results of one experiment"),
    ):
        got, _, err = command(*args)
        assert (got, message in err.replace("  ", " ")) == (code, True), err


def test_lines_are_passed_on_while_it_runs(course: Course) -> None:
    seen: list[str] = []
    with pytest.raises(ExperimentFailed, match="exit code 3: the second line"):
        run(course, Experiment("broken", "nothing", "broken.py"), seen.append)
    assert seen == ["one", "the second line"]


@pytest.mark.usefixtures("course", "fakes")
def test_a_run_that_is_stopped_keeps_what_was_done(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autograder.reproducing.running.run", stop)
    code, out, err = command(TEXT)
    assert (code, out) == (130, "")
    assert "stopped; what was done is kept" in err


BAD = [
    (("text_clasification",), 2, "no experiment is called 'text_clasification'. Did you mean text_classification?"),
    (("nonsense",), 2, "no experiment is called 'nonsense'. There are: transfer_learning, style_transfer,"),
    (("--profile", "huge"), 2, "there is no profile 'huge'; choose one of smoke, full"),
    ((TRANSFER,), 1, "nothing of it could be run; the reasons are above"),
]


@pytest.mark.parametrize(("args", "code", "message"), BAD)
@pytest.mark.usefixtures("course")
def test_bad_input(args: tuple[str, ...], code: int, message: str, command: Command) -> None:
    got, out, err = command(*args)
    assert (got, "Traceback" in out + err) == (code, False)
    assert message in err


HOLLOW = json.dumps(dict.fromkeys([*records.HEAD, "results"]) | {"name": "text_classification", "results": [{}]})


@pytest.mark.parametrize("content", ["{", "[]", '{"name": "text"}', HOLLOW])
def test_a_broken_record_is_named(course: Course, command: Command, content: str) -> None:
    path = course.root / "docs" / "results" / f"{TEXT}.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    code, _, err = command("--page-only")
    assert code == 2
    assert TEXT in err.replace(" ", "")  # a long path is broken where the line ends
    assert not (course.root / "docs" / "results.md").exists()


def test_a_mirror_that_is_not_there_is_one_line(
    course: Course, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(course.root / "nowhere"))
    code, _, err = command("--list")
    assert (code, "COURSE_DATA_MIRROR names" in err) == (1, True)


def test_the_list_says_what_is_missing(course: Course, command: Command) -> None:
    code, out, _ = command("--list")
    assert code == 0
    assert "can be" in out
    assert "course data fetch" in out
    assert not (course.root / "docs").exists()


def reasons(*names: str) -> dict[str, str]:
    return {choice.experiment.name: choice.reason for choice in choose(names)}


def test_a_stand_in_is_run_where_the_original_cannot_be(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = course.root / "mirror"
    for part, count in (("train/ants", 123), ("train/bees", 121), ("val/ants", 70), ("val/bees", 83)):
        (mirror / "hymenoptera_data" / part).mkdir(parents=True)
        for number in range(count):
            (mirror / "hymenoptera_data" / part / f"{number}.jpg").touch()
    (mirror / "squeezenet1_0.pth").touch()
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(mirror))
    assert reasons("transfer_learning")[TRANSFER] == ""
    assert "`course data fetch resnet18`, or put `resnet18.pth` into" in reasons("transfer_learning")[ORIGINAL]
    (mirror / "resnet18.pth").touch()
    assert reasons("transfer_learning")[ORIGINAL] == ""
    assert reasons("transfer_learning")[TRANSFER] == f"stands in for {ORIGINAL}, which can be run here"
    assert reasons(TRANSFER)[TRANSFER] == ""
    assert "course reproduce grading" in reasons()["grading"]
    assert reasons("grading")["grading"] == ""


def test_editions_of_one_data_set_are_told_apart(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    coco, flickr = (Need("coco_captioning", edition=name) for name in ("coco_captioning", "flickr8k_captioning"))
    folder = course.root / "mirror" / "flickr8k_captioning"
    folder.mkdir(parents=True)
    for part in ("captions.h5", "vocab.json"):
        (folder / f"coco2014_{part}").touch()
    for split in ("train", "val"):
        for part in ("vgg16_fc7_pca.h5", "urls.txt"):
            (folder / f"{split}2014_{part}").touch()
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(course.root / "mirror"))
    assert flickr.lacking() == ""
    assert "put `coco_captioning/` into" in coco.lacking()
    vectors = course.root / "mirror" / "glove.6B"
    vectors.mkdir()
    (vectors / "glove.6B.50d.txt").touch()
    assert Need("glove_6b", "glove.6B.50d.txt").lacking() == ""
    assert "put `glove.6B/glove.6B.300d.txt` into" in Need("glove_6b", "glove.6B.300d.txt").lacking()


def test_the_page_in_the_repository_is_what_its_records_say(repository: Course) -> None:
    page = make_page(read_records(repository), repository.assignment("hw2"))
    assert page_of(repository) == page, "run: course reproduce --page-only"
    for target in re.findall(r"\]\((images/[^)]+)\)", page):
        assert (repository.root / "docs" / target).is_file()


def test_what_is_kept_in_the_repository_is_small_and_ours(repository: Course) -> None:
    pictures = list((repository.root / "docs" / "images" / "results").iterdir())
    assert {path.suffix for path in pictures} <= {".png", ".svg"}
    assert sum(path.stat().st_size for path in pictures) < 600_000
    for path in (repository.root / "docs" / "results").iterdir():
        tree = records.read(path).tree
        text = path.read_text(encoding="utf-8")
        assert path.stat().st_size < 60_000
        assert text == records.dumps(tree)
        assert not re.search(r"/(tmp|root|home|work)/", text)
        assert tree["profile"] == "smoke" or '"said"' not in text


def test_experiments_name_scripts_and_options_that_there_are(repository: Course) -> None:
    for experiment in EXPERIMENTS.values():
        script = (repository.root / "benchmarks" / experiment.script).read_text(encoding="utf-8")
        options = {argument for argument in experiment.arguments if argument.startswith("--")}
        options |= {"--json"} | ({"--pictures"} if experiment.pictures else set())
        assert [option for option in options if f'"{option}"' not in script] == [], experiment.name
        assert experiment.stands_in_for in ("", *EXPERIMENTS)


def test_a_record_is_written_the_same_way_every_time(tmp_path: Path) -> None:
    recording = records.Recording("text", "smoke", ("/x/a.py", "--json", "/x/y", "--test", "--pictures=/z", "-n", "3"))
    path = tmp_path / "text-small.json"
    recording.write(path, {"rows": [1.23456789, float("nan")], "deep": [{"a": [1, 2]}]}, data="d", seed=4)
    text = path.read_text()
    assert '"rows": [1.23457, null]' in text
    assert '"a": [1, 2]' in text
    record = records.read(path)
    assert record.experiment == "text-small"
    assert record["command"] == "python benchmarks/a.py --test -n 3"
    assert (record["seed"], record["data"], record["device"]) == (4, "d", "cpu")
    assert records.dumps(record.tree) == text
    with pytest.raises(UsageError, match="is no record"):
        records.read(tmp_path / "nothing.json")


def test_tables_are_aligned() -> None:
    text = table(["what", "n"], [["a", "1"], ["longer", "1,000"]])
    assert text.splitlines() == ["| what   |     n |", "|--------|------:|", "| a      |     1 |", "| longer | 1,000 |"]
    with pytest.raises(ValueError):
        table(["what", "n"], [["a"]])
    values: list[Any] = [None, 0.5, 42, 300, 7200]
    assert [seconds(value) for value in values] == ["–", "0.5 s", "42 s", "5 min", "2 h"]


@pytest.mark.slow
def test_a_real_script_leaves_a_record(repository: Course, course: Course) -> None:
    (course.root / "benchmarks" / "fake.py").write_bytes(
        (repository.root / "benchmarks" / "text_classification.py").read_bytes()
    )
    experiment = replace(
        EXPERIMENTS[TEXT], script="fake.py", arguments=("--profile", "smoke", "--models", "bag_of_words")
    )
    record = run(course, experiment)
    (row,) = record.results
    assert row["confusion_of"] == "dev"
    assert (row["confusion"][0][0] + row["confusion"][1][1]) / sum(map(sum, row["confusion"])) == pytest.approx(
        row["dev"]
    )
    assert len(row["curves"]["dev_accuracy"]) == row["epochs"]
