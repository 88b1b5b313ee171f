"""The visible checks of text classification: right solutions pass, wrong ones are told what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from autograder import bank
from utils.checks import CheckError, text
from utils.checks import text_properties as properties
from utils.data import Sentences, Split
from utils.text import encode_corpus, predict, write_predictions
from utils.text.threads import one_thread

NOTEBOOK = "6_text_classification"
CHECKS = {
    "BagOfWords": text.check_bag_of_words,
    "EmbeddingAverage": text.check_embedding_average,
    "embedding_matrix": text.check_embedding_matrix,
    "GloveAverage": text.check_glove_average,
    "GloveRNN": text.check_glove_rnn,
    "GloveLSTM": text.check_glove_lstm,
}
NOT_SEEN = {
    "dim_ignored": "the visible check asks for no shape of the embedding",
    "fifty_numbers_a_word": "",
    "first_words_of_glove_only": "the visible example is small",
    "rnn_hidden_ignored": "nor for the size of the state",
    "lstm_hidden_ignored": "",
    "lstm_for_rnn": "nor which layer it is",
    "gru_for_lstm": "",
    "rnn_states_averaged": "nor which state is read, as long as padding does not count",
    "lstm_states_averaged": "",
    "lstm_states_summed": "",
    "lstm_largest_of_all_steps": "",
    "lstm_cell_state_read": "",
    "lstm_relu_before_the_linear_layer": "",
    "average_detached": "nor for a gradient in every parameter",
}
"""What only the hidden tests see, and why."""
MUTANTS = [entry for entry in bank.entries("hw2", "mutants") if entry.notebook == NOTEBOOK]
RIGHT = [entry for entry in bank.entries("hw2", "right") if entry.notebook == NOTEBOOK]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def checks_of(entry: bank.Entry) -> list[tuple[Any, Any]]:
    """The checks of what a file replaces, with the things themselves."""
    namespace = bank.namespace("hw2", NOTEBOOK, entry.source)
    touched = [name for name in CHECKS if re.search(rf"^(class|def) {name}\b", entry.source, re.M)]
    return [(CHECKS[name], namespace[name]) for name in touched]


@pytest.mark.parametrize("name", CHECKS)
def test_the_courses_solution_passes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    CHECKS[name](bank.namespace("hw2", NOTEBOOK)[name])
    shown = capsys.readouterr().out
    assert shown.startswith(name)
    assert "wrong" not in shown


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_right_solutions_pass(entry: bank.Entry) -> None:
    for check, solution in checks_of(entry):
        check(solution)


@pytest.mark.parametrize("entry", [e for e in MUTANTS if e.path.stem not in NOT_SEEN], ids=str)
def test_wrong_solutions_are_seen(entry: bank.Entry) -> None:
    ((check, solution),) = checks_of(entry)
    with pytest.raises(CheckError) as caught:
        check(solution)
    assert len(str(caught.value)) < 1500


def test_only_known_mutants_are_left_to_the_hidden_tests() -> None:
    assert set(NOT_SEEN) <= {entry.path.stem for entry in MUTANTS}


def model(init: str, forward: str) -> type[nn.Module]:
    """A class ``BagOfWords`` with these two bodies."""
    code = (
        "class BagOfWords(nn.Module):\n"
        f"    def __init__(self, vocab_size):\n        super().__init__()\n        {init}\n"
        f"    def forward(self, tokens, lengths):\n        {forward}\n"
    )
    namespace: dict[str, Any] = {"nn": nn, "torch": torch}
    exec(code, namespace)
    return namespace["BagOfWords"]


W = "self.w = nn.Embedding(vocab_size, 1)"
MESSAGES = [
    (W, "raise NotImplementedError", r"BagOfWords is not implemented yet \(forward\)"),
    ("raise NotImplementedError", "pass", r"BagOfWords is not implemented yet \(__init__\)"),
    (W, "pass", r"one logit a sentence: expected a tensor of shape \(24,\), got None"),
    (W, "return self.w(tokens).sum(1)", r"got shape \(24, 1\): take the last axis away with squeeze\(1\)"),
    (W, "return tokens.sum(1)", "expected logits in floating point"),
    (W, "return self.w(tokens).sum() + 0 * lengths", "all sentences get the same logit|alone gets another"),
    (W, "return torch.sigmoid(self.w(tokens)).mean((1, 2))", "all results lie between 0 and 1"),
    (
        W,
        "return self.v(tokens).sum((1, 2))",
        r"BagOfWords.forward raised AttributeError.*with tokens \(24, 7\), lengths",
    ),
    ("pass", "return tokens.float().sum(1)", "no parameters to train"),
    (W, "return self.w(tokens).detach().sum((1, 2))", "no gradient can go back"),
]


@pytest.mark.parametrize(("init", "forward", "message"), MESSAGES)
def test_what_is_wrong_is_said(init: str, forward: str, message: str) -> None:
    with pytest.raises(CheckError) as caught:
        text.check_bag_of_words(model(init, forward))
    assert re.search(message, str(caught.value), re.S), str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lstm_state_without_a_gradient", "is something between it and the logit detached"),
        ("lstm_embedding_frozen", "freezes it unless freeze=False"),
    ],
)
def test_why_the_embedding_stays_as_it_was_is_said(name: str, message: str) -> None:
    ((check, solution),) = checks_of(next(entry for entry in MUTANTS if entry.path.stem == name))
    with pytest.raises(CheckError, match=message):
        check(solution)


@pytest.mark.parametrize("thing", [None, 3, "BagOfWords"])
def test_what_is_no_class_is_said(thing: object) -> None:
    with pytest.raises(CheckError, match="expected a class, got"):
        text.check_bag_of_words(thing)


def test_what_is_no_module_is_said() -> None:
    with pytest.raises(CheckError, match=r"derive the class from nn\.Module"):
        text.check_bag_of_words(lambda vocab_size: len)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("None", r"expected an array of shape \(6, 4\).*got None"),
        ("np.zeros((4, 4), np.float32)", r"expected an array of shape \(6, 4\)"),
        ("1 / 0", "embedding_matrix raised ZeroDivisionError"),
        ("np.zeros((6, 4), np.float32)", "row of 'good'"),
        ("glove_vectors.fill(0) or np.zeros((6, 4), np.float32)", "the given vectors were changed"),
    ],
)
def test_a_wrong_matrix_is_described(returned: str, message: str) -> None:
    function = eval(f"lambda words, glove_words, glove_vectors: {returned}", {"np": np})
    with pytest.raises(CheckError, match=message):
        text.check_embedding_matrix(function)


# Properties, on functions that have them or not


def weights_of(sentence: list[int]) -> list[float]:
    return [np.sin(3.7 * word) for word in sentence]


def asking(function: Any) -> Any:
    def ask(sentences: Any, extra: int = 0) -> np.ndarray:
        return np.array([function(list(sentence), extra) for sentence in sentences], dtype=float)

    return ask


SENTENCES = properties.draw_sentences(np.random.default_rng(1), 20, 16)


def test_sentences_on_trial_hold_different_known_words() -> None:
    for sentence in SENTENCES:
        assert len(set(sentence)) == len(sentence) >= 1
        assert min(sentence) >= 2


def test_padding_is_on_the_right() -> None:
    tokens, lengths = properties.padded([[5, 6], [], [7]], extra=1)
    assert tokens.tolist() == [[5, 6, 0], [0, 0, 0], [7, 0, 0]]
    assert lengths.tolist() == [2, 0, 1]


def test_a_bag_has_the_properties_of_a_bag() -> None:
    ask = asking(lambda sentence, extra: 0.3 + sum(weights_of(sorted(set(sentence)))))
    assert properties.weights_add_up(ask, SENTENCES) is None
    assert properties.words_count_once(ask, SENTENCES) is None
    assert properties.order_changes_nothing(ask, SENTENCES) is None
    assert properties.padding_changes_nothing(ask, SENTENCES) is None
    assert properties.company_changes_nothing(ask, SENTENCES) is None
    assert properties.corners_are_fine(ask, SENTENCES) is None
    assert "is the order of the words lost" in str(properties.order_matters(ask, SENTENCES))


def test_an_average_has_the_properties_of_an_average() -> None:
    ask = asking(lambda sentence, extra: 0.3 + (np.mean(weights_of(sentence)) if sentence else 0.0))
    assert properties.words_are_averaged(ask, SENTENCES) is None
    assert properties.repeated_words_weigh_more(ask, SENTENCES) is None
    assert "averaged; in a bag" in str(properties.weights_add_up(ask, SENTENCES))
    assert "counts twice" in str(properties.words_count_once(ask, SENTENCES))


def test_logits_that_are_not_numbers_have_no_property() -> None:
    ask = asking(lambda sentence, extra: float("nan"))
    assert not properties.close(ask(SENTENCES), ask(SENTENCES))
    assert properties.is_alive(ask(SENTENCES)) == "some logits are not finite"
    for check in (properties.padding_changes_nothing, properties.words_are_averaged, properties.corners_are_fine):
        assert check(ask, SENTENCES)


# The trained model


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.chdir(tmp_path)
    split = Split([["good"], ["bad"], ["good", "bad", "good"], ["bad"]] * 3, np.array([1, 0, 1, 0] * 3))
    corpus = encode_corpus(Sentences(split, split, split, split.tokens))

    class Weights(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(len(corpus.vocabulary)))

        def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
            return self.weight[tokens].sum(1)

    bag = Weights()
    bag.weight.data[corpus.vocabulary.index["good"]] = 1.0
    bag.weight.data[corpus.vocabulary.index["bad"]] = -1.0
    return SimpleNamespace(corpus=corpus, model=bag)


def test_a_trained_model_and_its_file_pass(trained: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    write_predictions("p.txt", predict(trained.model, trained.corpus.unlabelled))
    text.check_trained("6.1", trained.model, trained.corpus, "p.txt", 0.9)
    assert "1.000; the goal is 0.90" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "message"),
    [(None, "p.txt is missing"), ("1\n0\n", "expected 12 lines"), ("0\n1\n" * 6, "12 lines are not what the model")],
)
def test_a_wrong_file_is_described(trained: SimpleNamespace, file: str | None, message: str) -> None:
    if file is not None:
        Path("p.txt").write_text(file)
    with pytest.raises(CheckError, match=message):
        text.check_trained("6.1", trained.model, trained.corpus, "p.txt", 0.9)


def test_a_model_below_the_goal_is_told(trained: SimpleNamespace) -> None:
    trained.model.weight.data.mul_(-1)
    write_predictions("p.txt", predict(trained.model, trained.corpus.unlabelled))
    with pytest.raises(CheckError, match=r"0\.000, but the goal is 0\.90: hardly more than guessing"):
        text.check_trained("6.1", trained.model, trained.corpus, "p.txt", 0.9)
