"""The hidden tests of image captioning: what they ask, what passes, what does not, and what students are told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hidden_bank import SEED, Results, assert_loses_what_is_wrong, failed, files, never_failed

from autograder import bank
from autograder.hidden_tests.hw2 import captioning_exam, captioning_trained
from autograder.hidden_tests.hw2 import captioning_reference as reference
from autograder.hidden_tests.hw2.captioning_exam import Pictures
from autograder.results import TestResult
from autograder.student import Student
from autograder.testing import run_groups
from utils.checks.captioning_cases import END, NULL, START

NOTEBOOK = "5_image_captioning"
MUTANTS, RIGHT = files(NOTEBOOK, "mutants"), files(NOTEBOOK, "right")
TRAINED = ("captioners_trained", "better_captioner")
TRIED = tuple(name for name in bank.groups("hw2", NOTEBOOK) if name not in TRAINED)


def grade(*sources: str, seed: int = SEED, groups: tuple[str, ...] = TRIED, course: str = "") -> Results:
    """Grade what `sources` change in the course's solution; `course` stays when its versions take their place."""

    @contextlib.contextmanager
    def opened(needed: tuple[str, ...]) -> Iterator[Student]:
        own = bank.namespace("hw2", NOTEBOOK, course, *sources)
        if needed:
            solution = bank.namespace("hw2", NOTEBOOK)
            own.update({name: solution[name] for name in needed})
        yield Student.in_process(own, "\n".join(sources))

    everything = bank.groups("hw2", NOTEBOOK)
    with np.errstate(all="ignore"), bank._in_peace():
        return run_groups({name: everything[name] for name in groups}, opened, seed)


@cache
def graded(entry: bank.Entry) -> Results:
    return grade(entry.source)


# The reference


def torch_loss(case: reference.Case, p: dict[str, torch.Tensor]) -> torch.Tensor:
    """The same network, written with torch."""
    captions = torch.from_numpy(case.captions)
    h = torch.from_numpy(case.features) @ p["W_proj"] + p["b_proj"]
    c = torch.zeros_like(h)
    loss = torch.zeros(())
    for t in range(captions.shape[1] - 1):
        a = p["W_embed"][captions[:, t]] @ p["Wx"] + h @ p["Wh"] + p["b"]
        if case.cell == "rnn":
            h = torch.tanh(a)
        else:
            f, i, g, o = a.chunk(4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        scores = h @ p["W_vocab"] + p["b_vocab"]
        each = torch.nn.functional.cross_entropy(scores, captions[:, t + 1], reduction="none")
        loss = loss + (each * (captions[:, t + 1] != NULL)).sum()
    return loss / len(captions)


@pytest.mark.parametrize("cell", reference.CELLS)
@pytest.mark.parametrize("sizes", [{}, {"N": 1}, {"T": 1}, {"N": 6, "T": 3, "D": 2, "W": 5, "H": 3, "V": 7}], ids=str)
def test_reference_against_torch_autograd(cell: str, sizes: dict[str, int]) -> None:
    case = reference.draw(np.random.default_rng(0), cell, reference.Sizes(**sizes))
    parameters = {name: torch.tensor(value, requires_grad=True) for name, value in case.params.items()}
    expected = torch_loss(case, parameters)
    expected.backward()
    loss, grads = reference.loss_and_gradients(case)
    assert loss == pytest.approx(float(expected.detach()), rel=1e-12)
    for name, parameter in parameters.items():
        assert parameter.grad is not None
        np.testing.assert_allclose(grads[name], parameter.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cell", reference.CELLS)
def test_captions_that_are_drawn_have_a_beginning_an_end_and_repetitions(cell: str) -> None:
    captions = reference.draw(np.random.default_rng(1), cell, reference.Sizes(N=6, T=7)).captions
    assert (captions[:, 0] == START).all()
    assert ((captions == END).sum(axis=1) == 1).all()
    for caption in captions:
        assert (caption[list(caption).index(END) + 1 :] == NULL).all()
    words = captions[captions > END]
    assert len(set(words.tolist())) < len(words)


@pytest.mark.parametrize("cell", reference.CELLS)
def test_the_model_that_has_learnt_says_its_captions(cell: str) -> None:
    case = reference.learnt(cell)
    said, margin = reference.sample(case, 8)
    assert said == [caption[1:][: caption[1:].index(END) + 1] for caption in case.captions.tolist()]
    assert margin > 0.1


@pytest.mark.parametrize("cell", reference.CELLS)
@pytest.mark.parametrize("seed", range(3))
def test_captions_tell_mistakes_apart(cell: str, seed: int) -> None:
    case = reference.telling_case(cell, seed, 9)
    right, margin = reference.sample(case, 9)
    assert margin >= 0.05
    mistakes = [key for key in reference.SAMPLE_MISTAKES if cell == "lstm" or key != "cell lost"]
    assert all(reference.sample(case, 9, key)[0] != right for key in mistakes)


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
    assert not never_failed(NOTEBOOK, TRIED, MUTANTS, graded)


BLANKS = {"raises": "raise NotImplementedError", "nothing": "pass", "a number": "return 0", "a pair": "return 0.0, {}"}


@pytest.mark.parametrize("body", BLANKS.values(), ids=BLANKS)
def test_a_blank_gets_nothing(body: str) -> None:
    functions = ("temporal_fc_forward", "temporal_fc_backward", "temporal_softmax_loss")
    source = "\n".join(f"def {name}(*args):\n    {body}" for name in functions)
    source += f"\nclass CaptioningRNN(CaptioningRNN):\n    def loss(self, *args):\n        {body}\n"
    source += f"    def sample(self, *args, **kwargs):\n        {body}\n"
    results = grade(source)
    assert [(name, test.name) for name, tests in results.items() for test in tests if test.passed] == []


MISTAKES_BELOW = {
    "a function of this notebook": "def temporal_softmax_loss(x, y, mask):\n    return 0.0, 0 * x\n",
    "a layer that raises": "def rnn_forward(*args):\n    raise ValueError\n",
    "a layer that is wrong": "def lstm_backward(dh, cache):\n    return (dh, dh[0], cache[3], cache[4], cache[4][0])\n",
    "a step that is wrong": "def rnn_step_forward(x, h, Wx, Wh, b):\n    return h, None\n",
}


@pytest.mark.parametrize("source", MISTAKES_BELOW.values(), ids=MISTAKES_BELOW)
def test_what_is_wrong_below_costs_no_points_above(source: str) -> None:
    """The network is tried again on the course's functions."""
    results = grade(source)
    above = [name for name in results if name.startswith("captioning_")]
    assert all(test.passed for name in above for test in results[name])
    assert any("in place of yours" in test.message for name in above for test in results[name])


def test_a_layer_that_is_missing_is_named() -> None:
    """As `load_sibling` leaves it: a function that says so when it is called."""
    source = (
        "from utils.siblings import load_sibling\n"
        "rnn_forward = load_sibling('3_rnn', 'rnn_forward', folder='/nowhere').rnn_forward\n"
        "class CaptioningRNN(CaptioningRNN):\n"
        "    def sample(self, features, max_length=30):\n"
        "        raise ValueError\n"
    )
    with bank._in_peace():
        student = Student.in_process(bank.namespace("hw2", NOTEBOOK, source), source)
        group, points = bank.groups("hw2", NOTEBOOK)["captioning_loss_rnn"]
        from autograder.testing import run_group

        results = run_group(group, student, SEED, points)
    assert not any(test.passed for test in results)
    assert all("rnn_forward of 3_rnn.ipynb is missing" in test.message for test in results)


# Trained models

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "blue", "car", "boat"]
TRUE = {"train": [[4, 5, 7], [4, 6, 8], [4, 6, 7]], "val": [[4, 5, 8], [4, 6, 7]]}


class Speaker:
    """Says what it was given, whatever the picture."""

    def __init__(self, captions: dict[int, list[list[int]]]) -> None:
        self.captions = captions

    def sample(self, features: np.ndarray, max_length: int = 30) -> np.ndarray:
        return np.array([[*caption, END] for caption in self.captions[len(features)]])


@pytest.fixture
def exam(monkeypatch: pytest.MonkeyPatch) -> None:
    def pictures(split: str, profile: str) -> Pictures:
        texts = [[" ".join(WORDS[number] for number in caption)] for caption in TRUE[split]]
        return Pictures(np.zeros((len(texts), 2), dtype=np.float32), texts, WORDS)

    monkeypatch.setattr(captioning_exam, "pictures", pictures)
    monkeypatch.setattr(captioning_exam, "goal", lambda: 0.9)


def judged(**variables: Any) -> dict[str, list[str]]:
    """The names of the tests that pass, by group."""
    passed: dict[str, list[str]] = {}
    for name in TRAINED:
        group, points = bank.groups("hw2", NOTEBOOK)[name]
        student = Student.in_process(variables)
        with bank._in_peace():
            results = [captioning_trained_result(test, student, points) for test in group.tests]
        passed[name] = [result.name for result in results if result.passed]
        assert all(result.message for result in results if not result.passed)
    return passed


def captioning_trained_result(test: Any, student: Student, points: float) -> TestResult:
    from autograder.testing import run_test

    return run_test(test, student, SEED, points)


RIGHT_CAPTIONS = {3: TRUE["train"], 2: TRUE["val"]}
WRONG_CAPTIONS = {3: [[4, 5, 8], [7, 7, 7], [4, 4, 4]], 2: [[7, 5, 7], [8, 8, 8]]}


@pytest.mark.usefixtures("exam")
def test_trained_models_are_judged_by_what_they_say() -> None:
    good, bad = Speaker(RIGHT_CAPTIONS), Speaker(WRONG_CAPTIONS)
    everything = judged(rnn_captioner=good, lstm_captioner=good, better_captioner=None)
    assert len(everything["captioners_trained"]) == 4
    assert everything["better_captioner"] == []
    mixed = judged(rnn_captioner=good, lstm_captioner=bad, better_captioner=good)
    assert mixed["captioners_trained"] == ["the rnn has learnt something", "the rnn knows its captions by heart"]
    assert mixed["better_captioner"] == []
    gain = judged(rnn_captioner=bad, lstm_captioner=bad, better_captioner=good)
    assert len(gain["better_captioner"]) == len(captioning_trained.GAINS)
    assert judged() == {"captioners_trained": [], "better_captioner": []}


class Odd:
    """Answers in ways that are no captions."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def sample(self, features: np.ndarray, max_length: int = 30) -> Any:
        return self.answer


@pytest.mark.usefixtures("exam")
@pytest.mark.parametrize(
    "answer", [None, 3, np.zeros((3, 0, 2)), np.full((3, 4), 99), np.full((3, 4), np.nan), np.full((1, 4), 4)], ids=str
)
def test_odd_answers_of_trained_models_fail(answer: Any) -> None:
    odd = Odd(answer)
    assert judged(rnn_captioner=odd, lstm_captioner=odd, better_captioner=odd)["captioners_trained"] == []


def test_the_pictures_are_those_that_the_notebook_draws() -> None:
    from utils.captioning import one_caption_each
    from utils.data import coco_folder, decode_captions, load_coco_data
    from utils.settings import settings_for

    before = np.random.get_state()[1][:5].tolist()
    asked = captioning_exam.pictures("train", "smoke")
    assert np.random.get_state()[1][:5].tolist() == before
    data = load_coco_data(coco_folder("smoke"))
    np.random.seed(SEED)
    small = one_caption_each(data, settings_for(NOTEBOOK, "smoke").max_train)
    texts = decode_captions(small["train_captions"], data["idx_to_word"])
    assert sorted(text for group in asked.captions for text in group) == sorted(texts)
    assert all(len(group) == 1 for group in asked.captions)
    assert all(len(group) == 5 for group in captioning_exam.pictures("val", "smoke").captions)
