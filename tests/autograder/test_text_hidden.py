"""The hidden tests of text classification: what they ask, what passes, what does not, and what students are told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hidden_bank import SEED, Results, assert_loses_what_is_wrong, failed, files, named, never_failed

from autograder import bank
from autograder.errors import OutOfTime
from autograder.hidden_tests.hw2 import text_exam, text_reference
from autograder.hidden_tests.hw2.text_models import BAG, LSTM, RNN, WORDS, Model
from autograder.hidden_tests.hw2.text_trained import PARTS
from autograder.kernel.responder import Responder
from autograder.student import Student
from autograder.testing import load_groups, run_group, run_test
from utils.checks.text_properties import draw_sentences
from utils.data import Sentences, Split
from utils.settings import settings_for
from utils.text import encode_corpus, predict, write_predictions
from utils.text.threads import one_thread

NOTEBOOK = "6_text_classification"
FUNCTIONS = {
    "bag_of_words": "BagOfWords",
    "embedding_average": "EmbeddingAverage",
    "embedding_matrix": "embedding_matrix",
    "glove_average": "GloveAverage",
    "glove_rnn": "GloveRNN",
    "glove_lstm": "GloveLSTM",
}
"""What each group of tests of untrained models is about."""
MUTANTS, RIGHT = files(NOTEBOOK, "mutants"), files(NOTEBOOK, "right")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def grade(source: str = "", names: tuple[str, ...] = tuple(FUNCTIONS), seed: int = SEED) -> Results:
    """Run the groups of untrained models on the course's solution with `source` on top."""
    student = Student.in_process(bank.namespace("hw2", NOTEBOOK, source), source)
    groups = load_groups("hw2")
    return {name: run_group(groups[name], student, seed, 2.0) for name in names}


@cache
def graded(entry: bank.Entry) -> Results:
    """Only the groups of what the file replaces; the others see the course's own code."""
    touched = [name for name, what in FUNCTIONS.items() if re.search(rf"^(class|def) {what}\b", entry.source, re.M)]
    return grade(entry.source, tuple(touched))


# The banks


@pytest.mark.parametrize("seed", range(3))
def test_the_courses_solution_passes_with_any_seed(seed: int) -> None:
    assert failed(grade(seed=seed)) == {}


@pytest.mark.parametrize("entry", MUTANTS, ids=str)
def test_mutant_loses_what_is_wrong_and_is_told(entry: bank.Entry) -> None:
    assert_loses_what_is_wrong(entry, graded(entry))


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_right_solution_gets_every_point(entry: bank.Entry) -> None:
    results = graded(entry)
    assert results
    assert failed(results) == {}


def test_every_hidden_test_is_failed_by_some_mutant() -> None:
    assert not never_failed(NOTEBOOK, FUNCTIONS, MUTANTS, graded)


ONE_MISTAKE = {
    "counts_instead_of_binary": 1,
    "sigmoid_in_the_model": 1,
    "one_axis_too_many": 1,
    "a_hidden_layer": 1,
    "mean_over_the_padded_axis": 1,
    "embedding_frozen": 1,
    "memory_shared_with_the_vectors": 1,
    "dim_ignored": 1,
    "rnn_states_averaged": 1,
    "rnn_sigmoid_in_the_model": 1,
    "lstm_for_rnn": 1,
    "lstm_cell_state_read": 1,
    "lstm_memory_shared": 1,
    "lstm_hidden_ignored": 1,
}


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_a_mistake_costs_the_test_that_is_about_it(name: str) -> None:
    entry = named(MUTANTS, name)
    lost = [test.name for tests in failed(graded(entry)).values() for test in tests]
    assert len(lost) == ONE_MISTAKE[name], lost


BLANKS = {
    "raises": "raise NotImplementedError",
    "nothing": "pass",
    "a number": "return 0",
    "zeros": "return torch.zeros(len(args[0]) if args else 0)",
}


def test_a_blank_still_defines_every_name() -> None:
    """What is to be written lies within functions: nothing at the top of a cell raises before its class is there."""
    namespace: dict[str, Any] = {}
    exec("import numpy as np\nimport torch\nfrom torch import nn\nfrom utils.text import PAD, fit", namespace)
    trained = {f"train_{part.variable}" for part in PARTS}
    for _, code in bank.course_cells("hw2", NOTEBOOK):
        region = r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION"
        if blank := re.sub(region, r"\1raise NotImplementedError()", code, flags=re.MULTILINE | re.DOTALL):
            exec(blank, namespace)
    assert {*FUNCTIONS.values(), *trained} <= set(namespace)


@pytest.mark.parametrize("body", BLANKS.values(), ids=BLANKS)
def test_every_hidden_test_fails_for_a_blank(body: str) -> None:
    lines = ["import torch"]
    for what in FUNCTIONS.values():
        if what == "embedding_matrix":
            lines.append(f"def embedding_matrix(*args):\n    {body}")
        else:
            lines.append(f"class {what}(torch.nn.Module):\n    def __init__(self, *args):\n        super().__init__()")
            lines.append(f"    def forward(self, *args):\n        {body}")
    results = grade("\n".join(lines))
    passed = {(name, test.name) for name, tests in results.items() for test in tests if test.passed}
    # Zeros do have the right shape.
    assert {test for _, test in passed} <= {"one logit a sentence"}
    for name, tests in results.items():
        assert sum(test.points for test in tests) <= 0.15, name


def test_no_single_test_is_worth_much() -> None:
    groups = load_groups("hw2")
    for name in FUNCTIONS:
        total = sum(test.weight for test in groups[name].tests)
        most = 0.65 if name == "embedding_matrix" else 0.25
        assert all(test.weight / total <= most for test in groups[name].tests), name


class Recording:
    """Passes requests on and keeps them."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.responder = Responder(namespace)
        self.requests: list[bytes] = []

    def __call__(self, frames: list[bytes]) -> list[bytes]:
        self.requests.append(b"|".join(bytes(frame) for frame in frames))
        return self.responder.answer(frames)


def test_inputs_depend_on_the_seed_and_on_nothing_else() -> None:
    def recorded(seed: int) -> list[list[bytes]]:
        kept = []
        for test in load_groups("hw2")["glove_average"].tests:
            channel = Recording(bank.namespace("hw2", NOTEBOOK))
            assert run_test(test, Student(channel), seed, 1.0).passed
            kept.append(channel.requests)
        return kept

    first, again, other = recorded(1), recorded(1), recorded(2)
    assert first == again
    assert all(one != two for one, two in zip(first, other, strict=True))


STRANGE = [
    *("None", "0", "'x'", "[1, 2]", "{}", "object()", "torch.zeros(())", "torch.zeros(0)", "torch.zeros(3, 4)"),
    *("torch.full((len(tokens),), float('nan'))", "torch.full((len(tokens),), 1e38)", "lengths", "tokens"),
    *("torch.zeros(len(tokens), dtype=torch.complex64)", "torch.ones(len(tokens)) > 0", "lengths.float()"),
    *("tokens.float().mean(1)", "torch.rand(len(tokens))", "np.zeros(len(tokens))", "self.p * torch.ones(len(tokens))"),
]


@pytest.mark.parametrize("value", STRANGE)
def test_strange_results_fail_tests_and_never_break_them(value: str) -> None:
    source = (
        "class GloveRNN(nn.Module):\n    def __init__(self, vectors, hidden):\n        super().__init__()\n"
        "        self.p = nn.Parameter(torch.zeros(1))\n"
        f"    def forward(self, tokens, lengths):\n        return {value}\n"
    )
    results = grade(source, ("glove_rnn",))["glove_rnn"]
    assert sum(test.points for test in results) <= 0.25


def test_a_short_training_uses_one_thread_and_says_whose_it_was() -> None:
    """On a busy machine two threads would wait for each other at every step."""
    torch.set_num_threads(2)
    source = (
        "threads = set()\n\n\nclass BagOfWords(nn.Module):\n    def __init__(self, vocab_size):\n"
        "        super().__init__()\n        self.weights = nn.Parameter(torch.zeros(vocab_size))\n"
        "    def forward(self, tokens, lengths):\n        threads.add(torch.get_num_threads())\n"
        "        return self.weights[tokens].sum(1)\n"
    )
    namespace = bank.namespace("hw2", NOTEBOOK, source)
    student = Student.in_process(namespace, source)
    model = Model(student, BAG, np.random.default_rng(1))
    model.train(model.sentences, np.ones(len(model.sentences)), 2, 0.1)
    assert namespace["threads"] == {1}
    assert torch.get_num_threads() == 2

    def probe(name: str, *arguments: Any) -> None:
        raise OutOfTime(f"{name}: it ran longer than 10 s")

    model.student = SimpleNamespace(probe=probe)  # type: ignore[assignment]
    with pytest.raises(OutOfTime, match=r"^training BagOfWords: it ran longer"):
        model.train(model.sentences, np.ones(len(model.sentences)), 2, 0.1)


@pytest.mark.parametrize("value", ["None", "3", "np.zeros(3)", "np.zeros((30, 6), int)", "[[1.0]]", "words", "np.full"])
def test_strange_matrices_fail(value: str) -> None:
    source = f"def embedding_matrix(words, glove_words, glove_vectors):\n    return {value}\n"
    assert not any(test.passed for test in grade(source, ("embedding_matrix",))["embedding_matrix"])


# The reference


@pytest.mark.parametrize("kind", [RNN, LSTM], ids=lambda kind: kind.name)
def test_reference_against_pytorch(kind: Any) -> None:
    student = Student.in_process(bank.namespace("hw2", NOTEBOOK))
    model = Model(student, kind, np.random.default_rng(3)).practise()
    said = student.value(student.probe("text.layers", model.handle))
    parts = text_reference.Parts.of(said)
    assert parts is not None
    readings = parts.readings(model.sentences)
    np.testing.assert_allclose(readings[""], model.ask(model.sentences), rtol=1e-4, atol=1e-5)
    different = [name for name, value in readings.items() if np.abs(value - readings[""]).max() > 1e-3]
    assert len(different) == len(readings) - 1, "a mistake must show in the numbers"


# The trained models, on a small task of its own

GOOD, BAD, OTHER = ("good", "fine", "tasty"), ("bad", "rude", "cold"), ("the", "soup", "was", "room", ".")


def small_sentences(rng: np.random.Generator, count: int) -> Split:
    labels = rng.permutation(np.arange(count) % 2)
    tokens = []
    for label in labels:
        words = [*rng.choice(OTHER, size=rng.integers(1, 5)), str(rng.choice(GOOD if label else BAD))]
        tokens.append([str(word) for word in rng.permutation(words)])
    return Split(tokens, labels)


@pytest.fixture(scope="module")
def small() -> SimpleNamespace:
    """A small corpus, and the course's five models trained on it."""
    rng = np.random.default_rng(0)
    unlabelled = small_sentences(rng, 60)
    given = Sentences(*(small_sentences(rng, count) for count in (300, 60, 60)), unlabelled.tokens)
    corpus = encode_corpus(given)
    solution = bank.namespace("hw2", NOTEBOOK)
    recurrent = {"epochs": 4, "learning_rate": 0.01, "embedding_rate": 0.02, "hidden_size": 16}
    plain = {"epochs": 4, "learning_rate": 0.05, "embedding_dim": 8}
    names = {part.settings: recurrent if "glove_" in part.variable else plain for part in PARTS}
    choices = SimpleNamespace(batch_size=16, **{name: SimpleNamespace(**{**plain, **recurrent}) for name in names})
    choices.bag_of_words.learning_rate = choices.embedding.learning_rate = choices.glove.learning_rate = 0.05
    vectors = torch.from_numpy(rng.normal(size=(len(corpus.vocabulary), 8)).astype(np.float32))
    models = {}
    for part in PARTS:
        torch.manual_seed(1)
        arguments = (corpus, vectors) if part.variable.startswith("glove") else (corpus,)
        models[part.variable], _ = solution[f"train_{part.variable}"](*arguments, choices, "cpu")
    return SimpleNamespace(corpus=corpus, models=models, unlabelled=unlabelled, namespace=solution)


@pytest.fixture
def in_exam(small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> SimpleNamespace:
    """The exam asks about the small task, and the files lie in a folder of their own."""
    vocabulary = small.corpus.vocabulary

    def unseen(rng: np.random.Generator) -> text_exam.Exam:
        split = small_sentences(rng, 80)
        return text_exam.Exam([vocabulary.numbers(tokens) for tokens in split.tokens], split.labels)

    monkeypatch.setattr(text_exam, "unseen", unseen)
    numbers = [vocabulary.numbers(tokens) for tokens in small.unlabelled.tokens]
    monkeypatch.setattr(text_exam, "unlabelled", lambda: numbers)
    monkeypatch.setattr(text_exam, "goal", lambda part: 0.9)
    monkeypatch.chdir(tmp_path)
    for part in PARTS:
        write_predictions(part.file, predict(small.models[part.variable], small.corpus.unlabelled))
    return small


def judge(namespace: dict[str, Any], name: str) -> dict[str, str]:
    """The messages of the tests of a trained model that fail."""
    results = run_group(load_groups("hw2")[f"{name}_trained"], Student.in_process(namespace), SEED, 2.0)
    return {test.name: test.message for test in results if not test.passed}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.variable)
def test_the_courses_trained_models_pass(in_exam: SimpleNamespace, part: Any) -> None:
    assert judge(dict(in_exam.models), part.variable) == {}


def _rewrite(change: Callable[[list[str]], list[str]]) -> Callable[[SimpleNamespace], None]:
    def apply(exam: SimpleNamespace) -> None:
        path = Path("predictions_q5.txt")
        path.write_text("".join(f"{line}\n" for line in change(path.read_text().split())))

    return apply


def _remove(exam: SimpleNamespace) -> None:
    Path("predictions_q5.txt").unlink()


FILE, SAYS = "the file of predictions has one 0 or 1 a sentence", "the file of predictions is what the model says"
GOAL, GUESS = "the goal on sentences that you have not seen", "better than guessing"
FILES = {
    "missing": (_remove, {FILE, SAYS}, "predictions_q5.txt is missing"),
    "a line too few": (_rewrite(lambda lines: lines[:-1]), {FILE, SAYS}, "expected 60 lines"),
    "a line too many": (_rewrite(lambda lines: [*lines, "1"]), {FILE, SAYS}, "expected 60 lines"),
    "probabilities": (
        _rewrite(lambda lines: [f"{0.1 + 0.8 * int(x)}" for x in lines]),
        {FILE, SAYS},
        "line 1: expected",
    ),
    "words": (_rewrite(lambda lines: ["good" if x == "1" else "bad" for x in lines]), {FILE, SAYS}, "expected 0 or 1"),
    "empty": (_rewrite(lambda lines: []), {FILE, SAYS}, "expected 60 lines"),
    "all ones": (_rewrite(lambda lines: ["1"] * len(lines)), {SAYS}, "lines are not what glove_lstm says"),
    "another order": (_rewrite(lambda lines: sorted(lines)), {SAYS}, "lines are not what glove_lstm says"),
    "labels turned round": (_rewrite(lambda lines: [str(1 - int(x)) for x in lines]), {SAYS}, "60 of 60 lines"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_file_costs_the_tests_of_the_file(in_exam: SimpleNamespace, name: str) -> None:
    change, lost, message = FILES[name]
    change(in_exam)
    found = judge(dict(in_exam.models), "glove_lstm")
    assert set(found) == lost
    assert message in " ".join(found.values())
    assert "good" not in " ".join(found.values())


def test_what_a_file_holds_is_never_repeated(in_exam: SimpleNamespace) -> None:
    _rewrite(lambda lines: ["3254secret", *lines[1:]])(in_exam)
    assert "3254" not in " ".join(judge(dict(in_exam.models), "glove_lstm").values())


class Says(torch.nn.Module):
    """A model that is given by a function of tokens and lengths."""

    def __init__(self, function: Callable[[torch.Tensor, torch.Tensor], Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> Any:
        return self.function(tokens, lengths)


def test_an_untrained_model_is_not_enough(in_exam: SimpleNamespace) -> None:
    model = in_exam.namespace["BagOfWords"](len(in_exam.corpus.vocabulary))
    assert set(judge({"bag_of_words": model}, "bag_of_words")) == {GOAL, GUESS, SAYS}


def test_a_model_that_learnt_the_opposite_is_not_enough(in_exam: SimpleNamespace) -> None:
    right = in_exam.models["bag_of_words"]
    found = judge({"bag_of_words": Says(lambda tokens, lengths: -right(tokens, lengths))}, "bag_of_words")
    assert set(found) == {GOAL, GUESS, SAYS}
    assert re.search(r"accuracy 0\.0\d\d on unseen sentences, at least 0\.900 is expected", found[GOAL])


def test_half_way_to_the_goal_brings_part_of_the_points(in_exam: SimpleNamespace) -> None:
    right = in_exam.models["bag_of_words"]
    model = Says(
        lambda tokens, lengths: torch.where(torch.arange(len(tokens)) % 5 == 0, -1, 1) * right(tokens, lengths)
    )
    assert set(judge({"bag_of_words": model}, "bag_of_words")) == {GOAL, SAYS}


MODELS = {
    "missing": ({}, "bag_of_words is missing: the cell that trains it"),
    "no model": ({"bag_of_words": 3.0}, "expected the trained model, got a float"),
    "a function": ({"bag_of_words": len}, "raised AttributeError"),
    "not a number": ({"bag_of_words": Says(lambda t, n: torch.full((len(t),), float("nan")))}, "not finite"),
    "one number": ({"bag_of_words": Says(lambda t, n: torch.ones(1))}, "logits, got an array of shape"),
    "nothing": ({"bag_of_words": Says(lambda t, n: None)}, "logits, got None"),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_no_trained_model_loses_the_accuracy(in_exam: SimpleNamespace, name: str) -> None:
    namespace, message = MODELS[name]
    found = judge(dict(namespace), "bag_of_words")
    assert {GOAL, GUESS, SAYS} <= set(found)
    assert message in found[GOAL]


# The exam


def test_unseen_sentences_are_drawn_anew_and_are_not_those_of_the_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    first, second = (text_exam.unseen(np.random.default_rng(seed)) for seed in (1, 2))
    assert len(first.sentences) == len(first.labels) == text_exam.COUNT
    assert first.sentences != second.sentences
    assert abs(float(first.labels.mean()) - 0.5) < 0.01
    assert any(1 in sentence for sentence in first.sentences), "some words are unknown"
    assert first.sentences[:50] != text_exam.unlabelled()[:50]


@pytest.mark.real_data
def test_in_the_full_profile_the_test_sentences_are_asked(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PROFILE", "full")
    first, second = (text_exam.unseen(np.random.default_rng(seed)) for seed in (1, 2))
    assert len(first.sentences) == len(first.labels) == 10_000
    assert first.sentences != second.sentences
    assert sorted(zip(first.sentences, first.labels, strict=True)) == sorted(
        zip(second.sentences, second.labels, strict=True)
    )
    assert any(1 in sentence for sentence in first.sentences), "some words are unknown"
    assert len(text_exam.unlabelled()) == 10_000


@pytest.mark.parametrize("profile", ["smoke", "full"])
def test_there_is_a_goal_for_every_part(monkeypatch: pytest.MonkeyPatch, profile: str) -> None:
    monkeypatch.setenv("COURSE_PROFILE", profile)
    for part in PARTS:
        assert 0.5 < text_exam.goal(part.settings) < 1
        assert set(settings_for(NOTEBOOK, profile)[part.settings]) >= {"epochs", "learning_rate", "goal"}


def test_the_models_on_trial_are_small() -> None:
    assert WORDS < 30
    assert max(map(len, draw_sentences(np.random.default_rng(0), WORDS, 100))) <= 7
