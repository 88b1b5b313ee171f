"""The visible checks of transfer learning: right solutions pass, wrong ones are told why; the stored runs are right.

``python tests/utils/test_checks_transfer.py`` writes the stored runs anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
import pytest
import torch

from autograder import bank
from autograder.hidden_tests.hw2 import transfer_runs as runs
from utils.checks import CheckError
from utils.checks import transfer as checks
from utils.text.threads import one_thread

DIGITS = 2
CASES: dict[str, tuple[Callable[[np.random.Generator], runs.Run], int]] = {
    "weights after training": (runs.plain, 1),
    "weights of the best epoch": (runs.best_in_the_middle, 2),
    "accuracy over samples": (runs.small_last_batch, 3),
    "learning rate": (runs.decaying, 4),
}


def rounded(run: runs.Run) -> runs.Run:
    arrays = {name: np.round(getattr(run, name), DIGITS) for name in ("weight", "bias", "x_train", "x_val")}
    return replace(run, **arrays)


def flat(epoch: runs.Epoch) -> list[float]:
    return [round(float(value), 6) for value in np.concatenate([epoch.weight.ravel(), epoch.bias])]


def stored(name: str) -> dict[str, Any]:
    """One run as it is stored: drawn until rounding its numbers changes no choice."""
    draw, seed = CASES[name]
    for attempt in range(100):
        drawn = draw(np.random.default_rng([seed, attempt]))
        run = rounded(drawn)
        path, choices = runs.train(run), runs.choices(run, runs.train(run))
        margins = [np.sort(epoch.scores(run.x_val), axis=1) for epoch in path]
        clear = all(np.all(m[:, -1] - m[:, -2] > 0.01) for m in margins)
        if clear and choices == runs.choices(drawn, runs.train(drawn)):
            break
    # After each epoch, since another one may be the best when there is a mistake.
    mistakes = {"the weights are those from before the training": [flat(path[0])]}
    for way, message in runs.GRADIENTS.items():
        if message:
            mistakes[message] = [flat(epoch) for epoch in runs.train(run, gradients=way)[1:]]
    for way, message in runs.SCHEDULES.items():
        if message and run.decay != 1:
            mistakes[message] = [flat(epoch) for epoch in runs.train(run, schedule=way)[1:]]
    for rule, message in runs.CHOICES.items():
        if choices[rule] != choices["best"]:
            mistakes.setdefault(message, [flat(path[choices[rule]])])
    return {
        **{key: getattr(run, key).tolist() for key in ("weight", "bias", "x_train", "y_train", "x_val", "y_val")},
        **{key: getattr(run, key) for key in ("batch", "rate", "decay", "epochs")},
        "expected": flat(path[choices["best"]]),
        "mistakes": mistakes,
    }


@pytest.mark.parametrize("name", CASES)
def test_stored_runs_are_what_training_gives(name: str) -> None:
    on_disk = json.loads(checks.CASES.read_text(encoding="utf-8"))
    assert list(on_disk) == list(CASES)
    made = stored(name)
    assert on_disk[name].keys() == made.keys()
    for key, value in made.items():
        if key == "mistakes":
            assert on_disk[name][key].keys() == value.keys()
            for message in value:
                np.testing.assert_allclose(on_disk[name][key][message], value[message], atol=2e-6)
        else:
            np.testing.assert_allclose(on_disk[name][key], value, atol=2e-6)


NOTEBOOK = "1_transfer_learning"
FUNCTIONS = ("train_model", "visualize_model", "finetune", "freeze")
MUTANTS = [entry for entry in bank.entries("hw2", "mutants") if entry.notebook == NOTEBOOK]
RIGHT = [entry for entry in bank.entries("hw2", "right") if entry.notebook == NOTEBOOK]
# What a visible check cannot see, or leaves to the hidden tests.
UNSEEN = {
    "finetune_not_trained",
    "zero_epochs_in_training_mode",
    "zero_epochs_on_one_batch",
    "needs_enough_pictures",
    "optimizer_holds_all",
    "random_weights",
}


@pytest.fixture(autouse=True)
def _one_thread_and_no_screen() -> Iterator[None]:
    matplotlib.use("Agg")
    with one_thread():
        yield


def check(namespace: dict[str, Any], *functions: str) -> None:
    for name in functions:
        getattr(checks, f"check_{name}")(namespace[name])


def test_the_courses_solution_passes(capsys: pytest.CaptureFixture[str]) -> None:
    check(bank.namespace("hw2", NOTEBOOK), *FUNCTIONS)
    out = capsys.readouterr().out
    assert "wrong" not in out
    assert "note" not in out


@pytest.mark.parametrize("entry", RIGHT, ids=lambda entry: entry.path.stem)
def test_right_solutions_pass(entry: bank.Entry) -> None:
    namespace = bank.namespace("hw2", NOTEBOOK, entry.source)
    check(namespace, *(name for name in FUNCTIONS if f"def {name}(" in entry.source))


@pytest.mark.parametrize("entry", [e for e in MUTANTS if e.loses[0] in FUNCTIONS], ids=lambda entry: entry.path.stem)
def test_mutants_fail(entry: bank.Entry) -> None:
    if entry.path.stem in UNSEEN:
        pytest.skip("left to the hidden tests")
    namespace = bank.namespace("hw2", NOTEBOOK, entry.source)
    with pytest.raises(CheckError):
        check(namespace, entry.loses[0])


MESSAGES = [
    ("last_weights_returned", "not of the best one"),
    ("scheduler_every_batch", "decays with every batch"),
    ("gradients_never_set_to_zero", "never set to zero"),
    ("validation_in_training_mode", "a validation batch meets the model with: training"),
    ("gradients_in_validation", "evaluation, gradients"),
    ("accuracy_is_the_mean_of_batches", "mean of the batches"),
    ("returns_nothing", "expected the model, got None"),
    ("zero_epochs_do_nothing", "not evaluated"),
    ("mode_left_in_eval", "left in the other mode"),
    ("true_class_in_the_title", "the predicted class is missing"),
    ("one_picture_too_many", "expected 6, got 7"),
    ("last_layer_kept", "expected (3, 2)"),
    ("only_the_new_layer", "the optimizer has changed 2: does it hold"),
    ("nothing_frozen", "expected none below fc to change, 27 of 27"),
    ("frozen_after_the_new_layer", "freeze raised RuntimeError"),
    ("requires_grad_of_the_module", "have requires_grad=True"),
]


@pytest.mark.parametrize(("name", "message"), MESSAGES)
def test_a_check_says_what_is_wrong(name: str, message: str) -> None:
    entry = next(entry for entry in MUTANTS if entry.path.stem == name)
    with pytest.raises(CheckError) as caught:
        check(bank.namespace("hw2", NOTEBOOK, entry.source), entry.loses[0])
    assert message in str(caught.value)


def test_a_stub_is_not_implemented_yet() -> None:
    def stub(*args: Any, **kwargs: Any) -> None:
        raise NotImplementedError

    for name in FUNCTIONS:
        with pytest.raises(CheckError, match=f"{name} is not implemented yet"):
            getattr(checks, f"check_{name}")(stub)
        with pytest.raises(CheckError, match=f"{name}: expected a function"):
            getattr(checks, f"check_{name}")(None)


class Says(torch.nn.Module):
    """Says ants to everything."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tensor([1.0, 0.0]).expand(len(x), 2)


REPORTS = [
    ({"finetune": 0.75, "freeze": 0.75}, ""),
    ({"finetune": torch.tensor(0.75), "freeze": np.float32(0.76)}, ""),
    (
        {"finetune": 0.75, "freeze": 0.5},
        "freeze: expected 0.7500, what the model reaches on the validation pictures, got 0.5000",
    ),
    ({"finetune": 0.75}, "freeze: expected a number, got nothing"),
    ({"finetune": 0.75, "freeze": float("nan")}, "freeze: expected a number"),
    ({"finetune": 75, "freeze": 0.75}, "finetune: expected a fraction from 0 to 1, got 75"),
    (0.75, "expected a dictionary"),
]


@pytest.mark.parametrize(("value", "message"), REPORTS)
def test_reports(value: Any, message: str) -> None:
    loader = [(torch.zeros(3, 1), torch.zeros(3)), (torch.zeros(1, 1), torch.ones(1))]
    models = {"finetune": Says(), "freeze": Says().eval()}
    if not message:
        checks.check_report(lambda: value, models, loader, torch.device("cpu"))
        assert models["finetune"].training
        assert not models["freeze"].training
        return
    with pytest.raises(CheckError) as caught:
        checks.check_report(lambda: value, models, loader, torch.device("cpu"))
    assert message in str(caught.value)


def write() -> None:
    lines = [f' "{name}": {json.dumps(stored(name))}' for name in CASES]
    checks.CASES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    write()
