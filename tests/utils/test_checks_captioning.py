"""The visible checks of problem 5: their stored numbers, and what they say of right and of wrong functions."""

from __future__ import annotations

import re
from typing import Any

import captioning_numbers
import numpy as np
import pytest

from autograder import bank
from utils.checks import CheckError
from utils.checks import captioning as checks
from utils.checks import captioning_cases as cases

NOTEBOOK = "5_image_captioning"
ENTRIES = {
    kind: [entry for entry in bank.entries("hw2", kind) if entry.notebook == NOTEBOOK] for kind in ("mutants", "right")
}
CHECKS = {
    "temporal_fc_forward": lambda ns: checks.check_temporal_fc_forward(ns["temporal_fc_forward"]),
    "temporal_fc_backward": lambda ns: checks.check_temporal_fc_backward(
        ns["temporal_fc_backward"], ns["temporal_fc_forward"]
    ),
    "temporal_softmax_loss": lambda ns: checks.check_temporal_softmax_loss(ns["temporal_softmax_loss"]),
    "captioning_loss_rnn": lambda ns: checks.check_captioning_loss(ns["CaptioningRNN"], "rnn"),
    "captioning_loss_lstm": lambda ns: checks.check_captioning_loss(ns["CaptioningRNN"], "lstm"),
    "captioning_sample": lambda ns: checks.check_captioning_sample(ns["CaptioningRNN"]),
}
UNSEEN = {"loss_axes_exchanged_if_needed", "init_with_zeros"}
"""Mutants that only the hidden tests find."""


def namespace(source: str) -> dict[str, Any]:
    return bank.namespace("hw2", NOTEBOOK, source)


def close(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)
    return bool(np.allclose(np.array(one, dtype=float), np.array(other, dtype=float), rtol=1e-12, atol=1e-13))


def test_the_stored_numbers_are_those_of_torch() -> None:
    assert close(cases.stored(), captioning_numbers.computed())


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_the_captions_tell_mistakes_apart(cell: str) -> None:
    _, margin = captioning_numbers.sampled(cell)
    assert margin > 0.1
    numbers = cases.stored()[f"sample_{cell}"]
    right = cases.until_end(np.array(numbers["right"]))
    wrong = [cases.until_end(np.array(captions)) for captions in numbers["mistakes"].values()]
    assert len({str(captions) for captions in [right, *wrong]}) == 1 + len(wrong)


@pytest.mark.parametrize(
    "source", [e.source for e in ENTRIES["right"]] + [""], ids=[*map(str, ENTRIES["right"]), "course"]
)
def test_right_solutions_pass_all_checks(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    solution = namespace(source)
    for check in CHECKS.values():
        check(solution)
    assert "wrong" not in capsys.readouterr().out


@pytest.mark.parametrize("entry", ENTRIES["mutants"], ids=str)
def test_mutants_are_told_what_is_wrong(entry: bank.Entry) -> None:
    if entry.path.stem in UNSEEN:
        CHECKS[entry.loses[0]](namespace(entry.source))
        return
    with np.errstate(all="ignore"), pytest.raises((CheckError, NotImplementedError)) as raised:
        CHECKS[entry.loses[0]](namespace(entry.source))
    assert re.search(r"not right yet|raised|expected|not implemented", str(raised.value))


MESSAGES = {
    "fc_without_bias": "the bias b is missing",
    "softmax_without_mask": "masked are counted",
    "softmax_mean_over_steps": "divided by the number of steps, too",
    "softmax_mean_over_words": "divided by the number of words that count",
    "loss_padding_counts": "<NULL> is counted as a word",
    "loss_mask_of_inputs": "made of the words that go in",
    "loss_words_not_shifted": "wanted are those that go in",
    "loss_without_picture": "the picture has no part in it",
    "sample_from_null": "the first word that is fed is <NULL>",
    "sample_hidden_state_lost": "hand the hidden state on",
    "sample_cell_state_lost": "hand it on from step to step",
    "sample_words_not_fed_back": "feed it the word of the step before",
}


@pytest.mark.parametrize("name", MESSAGES)
def test_common_mistakes_are_named(name: str) -> None:
    entry = next(entry for entry in ENTRIES["mutants"] if entry.path.stem == name)
    with pytest.raises(CheckError, match=re.escape(MESSAGES[name])):
        CHECKS[entry.loses[0]](namespace(entry.source))


def test_a_layer_that_is_missing_is_named() -> None:
    source = (
        "from utils.siblings import load_sibling\n"
        "rnn_forward = load_sibling('3_rnn', 'rnn_forward', folder='/nowhere').rnn_forward\n"
    )
    with pytest.raises(CheckError, match=r"rnn_forward of 3_rnn.ipynb is missing"):
        CHECKS["captioning_loss_rnn"](namespace(source))


class Model:
    def sample(self, features: np.ndarray) -> np.ndarray:
        return np.array([[4, 5, 6, 2]] * len(features))


def data(caption: list[int]) -> dict[str, Any]:
    given: dict[str, Any] = {"idx_to_word": list(cases.WORDS)}
    for split in ("train", "val"):
        given[f"{split}_captions"] = np.array([caption] * 3)
        given[f"{split}_image_idxs"] = np.arange(3)
        given[f"{split}_features"] = np.zeros((3, 2))
    return given


def test_trained_models(capsys: pytest.CaptureFixture[str]) -> None:
    checks.check_captioner("RNN", Model(), data([1, 4, 5, 6, 2]), 0.9)
    with pytest.raises(CheckError, match=r"average BLEU-1 0.333, the goal is 0.90"):
        checks.check_captioner("RNN", Model(), data([1, 6, 6, 6, 2]), 0.9)
    checks.check_better_captioner(None, {"RNN": Model()}, data([1, 4, 2]))
    assert "no extra credit was tried" in capsys.readouterr().out
    checks.check_better_captioner(Model(), {"RNN": Model()}, data([1, 4, 5, 6, 2]))
    assert "1.000, +0.000 over RNN" in capsys.readouterr().out
