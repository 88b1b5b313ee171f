"""The hidden tests of style transfer: what they ask, what passes, what does not, and what students are told."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hidden_bank import SEED, Results, assert_loses_what_is_wrong, failed, files, named, never_failed
from matplotlib.axes import Axes

from autograder import bank
from autograder.hidden_tests.hw2 import style, style_images, style_net
from autograder.hidden_tests.hw2 import style_reference as reference
from autograder.kernel.probes import drawing
from autograder.kernel.probes import style as probes
from autograder.kernel.wire import Tensor
from autograder.student import Student
from autograder.testing import run_group, run_test
from utils.text.threads import one_thread

NOTEBOOK = "2_style_transfer"
LOSSES = ("content_loss", "gram_matrix", "style_loss", "tv_loss")
FUNCTIONS = (*LOSSES, "style_transfer")
FOLDER = bank.ROOT / "tests" / "banks" / "hw2" / NOTEBOOK
GIVEN = (FOLDER / "given.py").read_text(encoding="utf-8")
MUTANTS, RIGHT = files(NOTEBOOK, "mutants"), files(NOTEBOOK, "right")


@pytest.fixture(autouse=True)
def _one_thread_and_no_screen() -> Iterator[None]:
    matplotlib.use("Agg")
    with one_thread():
        yield


def grade(source: str = "", names: tuple[str, ...] = FUNCTIONS, seed: int = SEED) -> Results:
    """Run some groups on the course's solution with `source` on top, without a second chance."""
    with contextlib.redirect_stdout(io.StringIO()):  # progress bars
        student = Student.in_process(bank.namespace("hw2", NOTEBOOK, GIVEN, source), source)
        groups = bank.groups("hw2", NOTEBOOK)
        return {name: run_group(groups[name][0], student, seed, groups[name][1]) for name in names}


@cache
def graded(entry: bank.Entry) -> Results:
    """Only the groups of what the file replaces; the others see the course's own code."""
    return grade(entry.source, tuple(name for name in FUNCTIONS if re.search(rf"^def {name}\b", entry.source, re.M)))


# The banks


@pytest.mark.parametrize("seed", range(3))
def test_the_courses_solution_passes_with_any_seed(seed: int) -> None:
    assert failed(grade(seed=seed)) == {}


@pytest.mark.parametrize("entry", MUTANTS, ids=str)
def test_mutant_loses_what_is_wrong_and_is_told(entry: bank.Entry) -> None:
    assert_loses_what_is_wrong(entry, graded(entry))


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_right_solution_gets_every_point(entry: bank.Entry) -> None:
    assert graded(entry), "the file replaces nothing"
    assert failed(graded(entry)) == {}


def test_every_hidden_test_is_failed_by_some_mutant() -> None:
    assert not never_failed(NOTEBOOK, bank.groups("hw2", NOTEBOOK), MUTANTS, graded)


@pytest.mark.parametrize("name", ["content_as_a_number", "gram_by_loops", "style_targets_by_layer"])
def test_a_wrong_loss_is_not_paid_for_twice(name: str) -> None:
    """Whole runs are tried again with the course's losses, and so is the style loss with the course's Gram matrix."""
    entry = named(MUTANTS, name)
    assert set(failed(bank.grade("hw2", NOTEBOOK, GIVEN, entry.source, seed=SEED))) == set(entry.loses)


ONE_MISTAKE = [
    "content_of_the_first_sample",
    "content_as_a_number",
    "gram_always_normalised",
    "gram_detached",
    "gram_by_loops",
    "tv_by_loops",
    "tv_detached",
    "transfer_noise_ignored",
    "transfer_clamped_to_the_end",
    "transfer_rate_drops_too_early",
    "transfer_style_read_with_image_size",
    "transfer_network_changed",
    "transfer_shows_no_curve",
]


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_a_mistake_costs_the_test_that_is_about_it(name: str) -> None:
    entry = named(MUTANTS, name)
    assert sum(map(len, failed(graded(entry)).values())) == 1


def test_most_points_ride_on_values_and_pictures() -> None:
    """What the kernel only claims, about rates, clamping and drawings, decides about less than a third."""
    tests = bank.groups("hw2", NOTEBOOK)["style_transfer"][0].tests
    claimed = [test for test in tests if test.name.startswith(("the learning", "the picture", "only the"))]
    assert len(claimed) == 5
    assert sum(test.weight for test in claimed) / sum(test.weight for test in tests) < 1 / 3


BLANKS = {
    "raises": "raise NotImplementedError",
    "nothing": "pass",
    "zero": "return torch.zeros(())",
    "its argument": "return next((a for a in args if isinstance(a, torch.Tensor)), None)",
}


@pytest.mark.parametrize("body", BLANKS.values(), ids=BLANKS)
def test_every_hidden_test_fails_for_a_blank(body: str) -> None:
    source = "\n".join(["import torch", *(f"def {name}(*args, **kwargs):\n    {body}" for name in FUNCTIONS)])
    assert [(name, t.name) for name, tests in grade(source).items() for t in tests if t.passed] == []


def test_nothing_is_to_be_had_for_the_content_picture_or_noise() -> None:
    source = (
        "def style_transfer(content_image, style_image, image_size, *args, init_random=False):\n"
        "    img = preprocess(PIL.Image.open(content_image), size=image_size)\n"
        "    return torch.rand_like(img) if init_random else img\n"
    )
    passed = [test.name for test in grade(source, ("style_transfer",))["style_transfer"] if test.passed]
    assert passed == ["begins with the content picture", "begins with noise if asked to"]


# The reference


def torch_losses(task: style_net.Task, img: torch.Tensor) -> list[float]:
    """The three terms, written with torch."""
    cnn = probes._network([(_tensor(weight), _tensor(bias), stride) for weight, bias, stride in task.network])

    def features(image: torch.Tensor) -> list[torch.Tensor]:
        found = []
        for module in cnn:
            image = module(image)
            found.append(image)
        return found

    def gram(x: torch.Tensor) -> torch.Tensor:
        return torch.einsum("nchw,ndhw->ncd", x, x) / x[0].numel()

    mine, content, goal = features(img), features(_tensor(task.content_image)), features(_tensor(task.style_image))
    pairs = zip(task.style_layers, task.style_weights, strict=True)
    return [
        float(task.content_weight * (mine[task.content_layer] - content[task.content_layer]).square().sum()),
        float(sum(weight * (gram(mine[i]) - gram(goal[i])).square().sum() for i, weight in pairs)),
        float(task.tv_weight * sum(torch.diff(img, dim=axis).square().sum() for axis in (2, 3))),
    ]


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float32)


@pytest.mark.parametrize("scale", [1, 2])
def test_the_graders_network_and_losses_are_those_of_torch(scale: int) -> None:
    task = style_net.draw(np.random.default_rng(scale), scale=scale, style_layers=(0, 3, 5))
    img = np.random.default_rng(7).normal(size=task.content_image.shape)
    np.testing.assert_allclose(task.terms(img), torch_losses(task, _tensor(img)), rtol=1e-4)


def test_pictures_are_prepared_as_the_notebook_prepares_them() -> None:
    import PIL.Image

    from utils.style import preprocess

    for size, side in (((36, 24), 12), ((30, 40), 15), ((16, 20), 16)):
        pixels = np.random.default_rng(0).integers(0, 255, (*size, 3)).astype(np.uint8)
        expected = preprocess(PIL.Image.fromarray(pixels), size=side).numpy()
        np.testing.assert_allclose(style_net.prepare(pixels, side), expected, atol=1e-5)


def test_gradients_of_the_reference() -> None:
    rng = np.random.default_rng(0)
    maps, target, upstream = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 3, 3))
    x = torch.tensor(maps, requires_grad=True)
    (0.3 * (x - torch.tensor(target)).square().sum()).backward()
    assert x.grad is not None
    np.testing.assert_allclose(reference.content_gradient(0.3, maps, target), x.grad.numpy())
    x.grad = None
    gram = torch.einsum("nchw,ndhw->ncd", x, x) / 60
    np.testing.assert_allclose(reference.gram_matrix(maps), gram.detach().numpy())
    gram.backward(torch.tensor(upstream))
    np.testing.assert_allclose(reference.gram_gradient(maps, upstream), x.grad.numpy())
    img = torch.tensor(rng.normal(size=(1, 3, 4, 6)), requires_grad=True)
    (0.7 * sum(torch.diff(img, dim=axis).square().sum() for axis in (2, 3))).backward()
    assert img.grad is not None
    np.testing.assert_allclose(reference.tv_gradient(img.detach().numpy(), 0.7), img.grad.numpy())
    case = style.draw_style(rng, (2, 0), 3)
    feats = [torch.tensor(array, requires_grad=True) for array in case.feats]
    total: Any = 0.0
    for layer, goal, weight in zip(case.layers, case.targets, case.weights, strict=True):
        f = feats[layer]
        difference = torch.einsum("nchw,ndhw->ncd", f, f) / f[0].numel() - torch.tensor(goal)
        total = total + weight * difference.square().sum()
    total.backward()
    np.testing.assert_allclose(reference.style_loss(*case.plain()), total.item())
    for mine, leaf in zip(reference.style_gradients(*case.plain()), feats, strict=True):
        np.testing.assert_allclose(mine, np.zeros_like(mine) if leaf.grad is None else leaf.grad.numpy())


@pytest.mark.parametrize("seed", range(5))
def test_drawn_cases_tell_the_mistakes_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = style._content_case(rng, 1, 4, 5, 3)
    case = style.draw_style(rng, (4, 1, 2), 6)
    for right, mistakes in (
        (reference.content_loss(*content), reference.content_mistakes(*content)),
        (reference.style_loss(*case.plain()), reference.style_mistakes(*case.plain())),
        (reference.gram_matrix(content[1]), reference.gram_mistakes(content[1])),
    ):
        values = {message: np.asarray(compute()) for message, compute in mistakes.items()}
        differing = {
            m: v for m, v in values.items() if v.shape != right.shape or not np.allclose(v, right, rtol=2 * style.RTOL)
        }
        # With one sample, what is wrong with batches cannot show.
        assert len(differing) >= len(values) - 6
        assert "style_weights are used in reverse order" not in values or len(differing) == len(values)


# What a student's code may return


STRANGE = [
    *("None", "3", "float('nan')", "'text'", "[1, 2]", "{}", "object()", "print", "(None, None)"),
    *("torch.zeros(2)", "torch.full((1, 3, 16, 20), float('nan'))", "torch.zeros(1, 3, 16, 20, dtype=torch.int)"),
]


@pytest.mark.parametrize("value", STRANGE)
def test_strange_results_fail_a_test_and_never_break_it(value: str) -> None:
    source = "import torch\n" + "\n".join(f"def {name}(*args, **kwargs):\n    return {value}" for name in FUNCTIONS)
    assert all(not test.passed for tests in grade(source).values() for test in tests)


def test_functions_that_are_none() -> None:
    results = grade("\n".join(f"{name} = 3" for name in FUNCTIONS))
    assert all(not test.passed for tests in results.values() for test in tests)


def test_nothing_that_is_watched_stays_watched() -> None:
    before = plt.show, Axes.imshow, Axes.plot
    names = bank.namespace("hw2", NOTEBOOK, GIVEN, "def style_transfer(*args, **kwargs):\n    raise ValueError")
    network = names["cnn"]
    test = bank.groups("hw2", NOTEBOOK)["style_transfer"][0].tests[0]
    assert not run_test(test, Student.in_process(names), SEED, 1.0).passed
    assert (plt.show, Axes.imshow, Axes.plot) == before
    assert not drawing._watching
    assert not probes._running
    assert names["cnn"] is network


def test_the_network_is_found_behind_a_decorator() -> None:
    source = (
        "import functools\n"
        "def counted(function):\n"
        "    @functools.wraps(function)\n"
        "    def wrapper(*args, **kwargs):\n"
        "        return function(*args, **kwargs)\n"
        "    return wrapper\n"
        "style_transfer = counted(style_transfer)\n"
    )
    test = bank.groups("hw2", NOTEBOOK)["style_transfer"][0].tests[0]
    with contextlib.redirect_stdout(io.StringIO()):
        student = Student.in_process(bank.namespace("hw2", NOTEBOOK, GIVEN, source), source)
        assert run_test(test, student, SEED, 1.0).passed


def test_a_forged_report_gets_no_points() -> None:
    student = Student.in_process(bank.namespace("hw2", NOTEBOOK, GIVEN))
    task = style_net.draw(np.random.default_rng(0))
    for seen in ({}, {"last": 3, "steps": "x"}, {"last": Tensor(np.zeros((1, 3, 16, 20), np.float32)), "steps": [1]}):
        try:
            outcome = style_images._outcome(task, None, seen)
        except style_images.CheckFailed:
            continue
        assert not len(outcome.steps)
        assert outcome.network_changed
    assert isinstance(student, Student)


def test_the_names_of_the_tests() -> None:
    groups = bank.groups("hw2", NOTEBOOK)
    assert tuple(groups) == FUNCTIONS
    assert groups["style_loss"][0].needs == ("gram_matrix",)
    assert groups["style_transfer"][0].needs == LOSSES
    assert sum(points for _, points in groups.values()) == 12
