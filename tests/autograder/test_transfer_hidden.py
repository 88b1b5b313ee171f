"""The hidden tests of transfer learning: what they ask, what passes, what does not, and what students are told."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from hidden_bank import SEED, Results, assert_loses_what_is_wrong, failed, files, named, never_failed

from autograder import bank, notebooks
from autograder.course import Course
from autograder.demo import copy_course
from autograder.hidden_tests.hw2 import transfer_models, transfer_pictures, transfer_views
from autograder.hidden_tests.hw2 import transfer_runs as runs
from autograder.release import release
from autograder.results import NotebookResult, Status
from autograder.samples import fill_in, solutions_of
from autograder.student import Student
from autograder.testing import run_test
from utils.text.threads import one_thread

NOTEBOOK = "1_transfer_learning"
FOLDER = bank.ROOT / "tests" / "banks" / "hw2" / NOTEBOOK
GIVEN = (FOLDER / "given.py").read_text(encoding="utf-8")
MUTANTS, RIGHT = files(NOTEBOOK, "mutants"), files(NOTEBOOK, "right")


@pytest.fixture(autouse=True)
def _one_thread_and_no_screen() -> Iterator[None]:
    matplotlib.use("Agg")
    with one_thread():
        yield


def grade(*sources: str, seed: int = SEED) -> Results:
    return bank.grade("hw2", NOTEBOOK, GIVEN, *sources, seed=seed)


@cache
def graded(entry: bank.Entry) -> Results:
    return grade(entry.source)


# The banks


@pytest.mark.parametrize("seed", range(3))
def test_the_courses_solution_passes_with_any_seed(seed: int) -> None:
    assert failed(grade(seed=seed)) == {}


@pytest.mark.parametrize("entry", MUTANTS, ids=str)
def test_mutant_loses_what_is_wrong_and_is_told(entry: bank.Entry) -> None:
    assert_loses_what_is_wrong(entry, graded(entry))


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_right_solution_gets_every_point(entry: bank.Entry) -> None:
    assert failed(graded(entry)) == {}


def test_every_hidden_test_is_failed_by_some_mutant() -> None:
    assert not never_failed(NOTEBOOK, bank.groups("hw2", NOTEBOOK), MUTANTS, graded)


ONE_MISTAKE = {
    "last_weights_returned": 1,
    "scheduler_every_batch": 1,
    "gradients_never_set_to_zero": 1,
    "accuracy_is_the_mean_of_batches": 1,
    "never_in_training_mode": 1,
    "gradients_in_validation": 1,
    "best_by_loss": 1,
    "optimizer_holds_all": 1,
    "mode_left_in_eval": 1,
}


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_a_mistake_costs_the_test_that_is_about_it(name: str) -> None:
    entry = named(MUTANTS, name)
    assert sum(map(len, failed(graded(entry)).values())) == ONE_MISTAKE[name]


BLANKS = {
    "raises": "raise NotImplementedError",
    "nothing": "pass",
    "a number": "return 0",
    "its model": "return next((a for a in args if isinstance(a, torch.nn.Module)), None)",
}


@pytest.mark.parametrize("body", BLANKS.values(), ids=BLANKS)
def test_every_hidden_test_fails_for_a_blank(body: str) -> None:
    names = ("train_model", "visualize_model", "finetune", "freeze", "report")
    source = "\n".join(["import torch", *(f"def {name}(*args, **kwargs):\n    {body}" for name in names)])
    # The grader looks at no trained model either: a blank notebook has none.
    results = grade(source + "\ndel model_ft, model_conv\n")
    assert [(name, test.name) for name, tests in results.items() for test in tests if test.passed] == []


def test_a_broken_training_loop_is_not_paid_for_by_those_who_call_it() -> None:
    """finetune and freeze are tried again with the course's loop."""
    entry = named(MUTANTS, "optimizer_never_steps")
    results = failed(grade(entry.source + "\ndel model_ft, model_conv\n"))
    assert set(results) == {"train_model", "report"}


# The runs


@pytest.mark.parametrize("seed", range(10))
def test_drawn_runs_tell_the_mistakes_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    run = runs.best_in_the_middle(rng)
    choices = runs.choices(run, runs.train(run))
    assert choices["best"] not in {choices[name] for name in ("last", "by the loss", "by training", "worst")}
    run = runs.small_last_batch(rng)
    choices = runs.choices(run, runs.train(run))
    assert choices["best"] == choices["last"] != choices["by the mean of batches"]
    run = runs.decaying(rng)
    ends = [runs.train(run, schedule=way)[-1].weight for way in runs.SCHEDULES]
    assert all(np.abs(a - b).max() > 0.01 for i, a in enumerate(ends) for b in ends[:i])
    run = runs.plain(rng)
    ends = [runs.train(run, gradients=way)[-1].weight for way in runs.GRADIENTS]
    assert all(np.abs(a - b).max() > 0.01 for i, a in enumerate(ends) for b in ends[:i])


def test_the_reference_trains_as_torch_does() -> None:
    run = runs.decaying(np.random.default_rng(0))
    model = torch.nn.Linear(4, 3).double()
    model.load_state_dict({"weight": torch.tensor(run.weight), "bias": torch.tensor(run.bias)})
    optimizer = torch.optim.SGD(model.parameters(), lr=run.rate)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, run.decay)
    for epoch in runs.train(run)[1:]:
        for x, y in runs.batches(run.x_train, run.y_train, run.batch):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(torch.tensor(x)), torch.tensor(y)).backward()
            optimizer.step()
        scheduler.step()
        np.testing.assert_allclose(epoch.weight, model.weight.detach().numpy(), rtol=1e-10)


# The pictures


def test_pictures_are_prepared_as_the_notebook_prepares_them() -> None:
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    from utils.data import load_hymenoptera
    from utils.settings import settings_for
    from utils.vision import MEAN, STD

    run = settings_for(NOTEBOOK, "smoke")
    prepare = transforms.Compose(
        [
            transforms.Resize(run.resize),
            transforms.CenterCrop(run.image_size),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )
    assert (transfer_pictures.MEAN, transfer_pictures.STD) == (MEAN, STD)
    folder = ImageFolder(load_hymenoptera(run) / "val", prepare)
    images, labels = transfer_pictures.validation_set()
    assert labels.tolist() == folder.targets
    for index in (0, 3, len(folder) - 1):
        np.testing.assert_allclose(images[index], folder[index][0].numpy(), atol=1e-5)


def test_new_pictures_are_new_and_depend_on_the_seed_alone() -> None:
    first, labels = transfer_pictures.draw(np.random.default_rng(1), 6)
    again, _ = transfer_pictures.draw(np.random.default_rng(1), 6)
    other, _ = transfer_pictures.draw(np.random.default_rng(2), 6)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert sorted(labels.tolist()) == [0, 0, 0, 1, 1, 1]
    known, _ = transfer_pictures.validation_set()
    assert all(np.abs(known - picture).mean(axis=(1, 2, 3)).min() > 0.05 for picture in first)


@pytest.mark.real_data
def test_photographs_are_shown_mirrored_in_the_full_profile(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PROFILE", "full")
    images, labels = transfer_pictures.unseen(np.random.default_rng(1), 12)
    assert images.shape == (12, 3, 224, 224)
    assert images.dtype == np.float32
    assert set(labels.tolist()) == {0, 1}
    known, expected = transfer_pictures.validation_set()
    assert len(known) == len(expected) == transfer_models.UNSEEN["full"]
    # Mirrored back, each is like the photograph that it was made of, and is not that photograph.
    for image, label in zip(images[..., ::-1], labels, strict=True):
        distances = np.abs(known - image).mean(axis=(1, 2, 3))
        assert expected[distances.argmin()] == label
        assert distances.min() > 0.01


def test_other_sizes_of_photographs() -> None:
    from PIL import Image
    from torchvision import transforms

    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (75, 131, 3)).astype(np.uint8))
    prepare = transforms.Compose([transforms.Resize(64), transforms.CenterCrop(56), transforms.ToTensor()])
    got = transfer_pictures.prepare(picture, 64, 56)
    mean, std = np.reshape(transfer_pictures.MEAN, (3, 1, 1)), np.reshape(transfer_pictures.STD, (3, 1, 1))
    np.testing.assert_allclose(got * std + mean, prepare(picture).numpy(), atol=1e-5)


# What a student's code may return


STRANGE = [
    *("None", "3", "float('nan')", "'text'", "[1, 2]", "{}", "object()", "print"),
    *("torch.zeros(2)", "torch.nn.Linear(3, 2)"),
]


@pytest.mark.parametrize("value", STRANGE)
def test_strange_results_fail_a_test_and_never_break_it(value: str) -> None:
    names = ("train_model", "visualize_model", "finetune", "freeze", "report")
    source = "import torch\n" + "\n".join(f"def {name}(*args, **kwargs):\n    return {value}" for name in names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = grade(source + f"\nmodel_ft = model_conv = {value}\n")
    assert all(not test.passed for tests in results.values() for test in tests)


STRANGE_REPORTS = [
    "{'finetune': None, 'freeze': [1]}",
    "{'finetune': 'x', 'freeze': -1}",
    "{1: 2}",
    "{'finetune': True, 'freeze': 1e9}",
]


@pytest.mark.parametrize("value", STRANGE_REPORTS)
def test_strange_reports(value: str) -> None:
    student = Student.in_process(bank.namespace("hw2", NOTEBOOK, GIVEN, f"def report():\n    return {value}"))
    group, _ = bank.groups("hw2", NOTEBOOK)["report"]
    assert not any(run_test(test, student, 0, 1.0).passed for test in group.tests)


def test_nothing_that_is_watched_stays_watched() -> None:
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    before = plt.show, Axes.imshow
    grade("def visualize_model(*args, **kwargs):\n    raise ValueError")
    assert (plt.show, Axes.imshow) == before
    from autograder.kernel.probes import drawing, transfer

    assert not drawing._watching
    assert not transfer._watch


def test_the_names_of_the_tests() -> None:
    assert set(bank.groups("hw2", NOTEBOOK)) == {"train_model", "visualize_model", "finetune", "freeze", "report"}
    assert transfer_models.VARIABLES == {"finetune": "model_ft", "freeze": "model_conv"}
    assert transfer_views.GROUP == "visualize_model"


# The whole road, on real kernels

POLICY = f"""[[notebooks]]
name = "{NOTEBOOK}"
title = "Transfer learning"
points = 15
device = "auto"

"""


@pytest.fixture
def course(repository: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A released course with this notebook alone."""
    course = copy_course(repository, tmp_path / "course")
    policy = course.twins("hw2") / "assignment.toml"
    first, _, rest = policy.read_text(encoding="utf-8").partition("[[notebooks]]")
    limits = re.search(r"^# Limits|^\[profiles", rest, re.MULTILINE)
    assert limits is not None
    policy.write_text(first + POLICY + rest[limits.start() :], encoding="utf-8")
    monkeypatch.chdir(course.root)
    release(course, "hw2")
    return course


def hand_in(course: Course, student: str, **changed: str) -> None:
    """Hand in the course's solutions, with the functions in `changed` replaced by files of the bank."""
    cells = solutions_of(course, "hw2", NOTEBOOK)
    for function, name in changed.items():
        cells[function] = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    folder = course.submitted(student, "hw2")
    folder.mkdir(parents=True)
    notebooks.write(fill_in(course, "hw2", NOTEBOOK, cells), folder / f"{NOTEBOOK}.ipynb")


@pytest.mark.slow
@pytest.mark.sandbox
def test_handed_in_notebooks_are_graded_on_the_trusted_road(
    course: Course, grade: Callable[..., dict[tuple[str, str], NotebookResult]]
) -> None:
    hand_in(course, "ada")
    hand_in(course, "ben", train_model="mutants/last_weights_returned", freeze="mutants/nothing_frozen")
    results = {student: result for (student, _), result in grade("ada", "ben").items()}
    lost = {
        student: {test.name: test.message for cell in result.cells for test in cell.tests if not test.passed}
        for student, result in results.items()
    }
    assert [result.status for result in results.values()] == [Status.GRADED] * 2
    assert lost["ada"] == {}
    assert (results["ada"].score, results["ada"].max_score) == (14, 15)  # the comparison waits for a person
    assert {
        "the best weights are kept",
        "only the last layer changes",
        "the optimizer holds the last layer alone",
    } <= lost["ben"].keys()
    assert "not of the best one" in lost["ben"]["the best weights are kept"]
    assert 9 < results["ben"].score < 13, lost["ben"]
