"""Hidden tests of problem 5: the captioning network with both cells, its loss, its gradients and its captions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autograder.errors import CheckFailed, StudentError
from autograder.hidden_tests.hw2 import captioning_reference as reference
from autograder.hidden_tests.hw2.captioning import CORNER, compare
from autograder.hidden_tests.hw2.captioning_reference import CELLS, PARAMETERS, Case, Sizes, draw
from autograder.hidden_tests.hw2.reference import Array
from autograder.hidden_tests.hw2.support import agree
from autograder.kernel.wire import Handle
from autograder.student import Student, kind_of
from autograder.testing import hidden_test, needs
from utils import siblings
from utils.checks.captioning_cases import END, NULL, same_caption, until_end

LAYERS = {
    "3_rnn": ("rnn_step_forward", "rnn_forward", "rnn_backward"),
    "4_lstm": ("lstm_step_forward", "lstm_forward", "lstm_backward"),
}
BELOW = (
    "temporal_fc_forward",
    "temporal_fc_backward",
    "temporal_softmax_loss",
    *(name for names in LAYERS.values() for name in names),
)
"""What the network is built of; where any of it is wrong, the course's versions take its place in a second run."""
LENGTH = 9
Draw = Callable[[np.random.Generator], Case]

for _cell in CELLS:
    needs(f"captioning_loss_{_cell}", *BELOW)
needs("captioning_sample", *BELOW)


@contextmanager
def naming_layers(student: Student) -> Iterator[None]:
    """Where something fails because a layer of another notebook is missing or raises, say which."""
    try:
        yield
    except StudentError as error:
        culprits = _culprits(student)
        if not culprits:
            raise
        raise CheckFailed(f"{error}. {culprits}") from error


def _culprits(student: Student) -> str:
    """What the kernel says of the layers; nothing of it is repeated but names and words that are known here."""
    try:
        said = student.probe("captioning.troubles")
    except StudentError:
        return ""
    found = [
        f"{name} of {notebook}.ipynb {trouble}"
        for notebook, names in LAYERS.items()
        for name in names
        for trouble in (siblings.MISSING, siblings.NOT_WRITTEN, siblings.RAISED)
        if isinstance(said, list) and f"{name} {trouble}" in said
    ]
    return "; ".join(found)


def make(student: Student, case: Case, dtype: str = "float64", params: bool = True) -> Any:
    """A model of the student's class with the parameters of the case."""
    sizes = case.sizes
    given = [case.words, [sizes.D, sizes.W, sizes.H], case.cell, dtype, case.params if params else None]
    return student.probe("captioning.make", student.variable("CaptioningRNN"), *given)


def ask_loss(student: Student, case: Case, dtype: str = "float64") -> tuple[Any, dict[str, Any]]:
    """The loss and the gradients that the student's class gives for a case."""
    with naming_layers(student):
        model = make(student, case, dtype)
        features = case.features.astype(dtype)
        loss, grads = student.method(model, "loss", features, case.captions, returns=("loss", "grads"))
    if not isinstance(grads, Handle):
        raise CheckFailed(f"loss: expected a dictionary of gradients, got {kind_of(grads)}")
    try:
        values = student.value(student.probe("captioning.as_dict", grads))
    except StudentError as error:
        raise CheckFailed(f"loss: expected a dictionary of gradients, got {kind_of(grads)}") from error
    if not isinstance(values, dict):
        raise CheckFailed("loss: expected a dictionary of gradients by the names of the parameters")
    return loss, values


def faults(student: Student, case: Case, dtype: str = "float64") -> dict[str, str]:
    """A message for the loss and for each gradient that is wrong.

    Where the loss has a known mistake, gradients that belong to that loss are right too: it is paid for once.
    """
    loss, grads = ask_loss(student, case, dtype)
    right, right_grads = reference.loss_and_gradients(case)
    mistakes = {words: reference.loss_and_gradients(case, key) for key, words in reference.LOSS_MISTAKES.items()}
    own = [values for value, values in mistakes.values() if value != right and _agrees(loss, value)]
    wrong: dict[str, str] = {}

    def look(name: str, got: Any, expected: Array, alternatives: dict[str, Array]) -> None:
        try:
            compare(name, got, expected, case.sizes.N, alternatives)
        except CheckFailed as error:
            wrong[name] = str(error)

    losses = {words: np.array(value) for words, (value, _) in mistakes.items() if value != right}
    look("loss", loss, np.array(right), losses)
    for name in PARAMETERS:
        if name not in grads:
            wrong[name] = f"{name}: grads has no gradient of that name"
        elif not any(agree(grads[name], values[name]) for values in own):
            look(name, grads[name], right_grads[name], {words: values[name] for words, (_, values) in mistakes.items()})
    return wrong


def _agrees(got: Any, expected: float) -> bool:
    return isinstance(got, (int, float, np.generic, np.ndarray)) and agree(np.asarray(got), np.array(expected))


def _part_test(cell: str, part: str, weight: float) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        wrong = faults(student, draw(rng, cell))
        if part in wrong:
            raise CheckFailed(wrong[part])

    test.__name__ = part if part == "loss" else f"gradient_of_{part}"
    hidden_test(f"captioning_loss_{cell}", weight=weight)(test)


def _corner_test(cell: str, name: str, draw_case: Draw, hint: str, dtype: str = "float64") -> None:
    """A case that looks at what is right in the ordinary case: a wrong gradient is paid for once."""

    def test(student: Student, rng: np.random.Generator) -> None:
        try:
            wrong = faults(student, draw_case(rng), dtype)
        except StudentError:
            faults(student, draw(rng, cell))  # who raises everywhere gets the ordinary message
            raise
        usual = faults(student, draw(rng, cell)) if wrong else {}
        for part, message in wrong.items():
            if part not in usual or len(usual) > len(PARAMETERS):
                raise CheckFailed(message)

    test.__name__ = name
    hidden_test(f"captioning_loss_{cell}", weight=CORNER, hint=hint)(test)


def _padded(rng: np.random.Generator, cell: str) -> Case:
    case = draw(rng, cell)
    columns = np.full((case.sizes.N, 3), NULL)
    return replace(case, captions=np.concatenate([case.captions, columns], axis=1))


def _empty(rng: np.random.Generator, cell: str) -> Case:
    case = draw(rng, cell)
    case.captions[1:, 1:] = NULL
    return case


def _order_test(cell: str) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        case = draw(rng, cell, Sizes(N=5))
        order = np.array([3, 0, 4, 2, 1])
        loss, grads = ask_loss(student, case)
        turned = replace(case, features=case.features[order], captions=case.captions[order])
        other_loss, other_grads = ask_loss(student, turned)
        right = reference.loss_and_gradients(case)[1]
        compare("loss", np.asarray(other_loss), np.asarray(loss, dtype=np.float64), case.sizes.N)
        for name in PARAMETERS:
            if not isinstance(grads.get(name), np.ndarray) or not np.any(grads[name]):
                raise CheckFailed(f"{name}: there is no gradient, or it is zero")
            if grads[name].shape == right[name].shape:
                compare(name, other_grads.get(name), grads[name].astype(np.float64), case.sizes.N)

    test.__name__ = "order_of_the_batch"
    hint = "Loss and gradients should be the same when pictures and captions come in another order"
    hidden_test(f"captioning_loss_{cell}", weight=CORNER, hint=hint)(test)


def _learning_test(cell: str) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        case = draw(rng, cell, Sizes(N=5, T=6, D=8, W=8, H=24, V=12))
        with naming_layers(student):
            model = make(student, case, "float32", params=False)
            shapes = {name: list(value.shape) for name, value in case.params.items()}
            for name, shape in shapes.items():
                if [name, shape] not in _parameters(student, model):
                    raise CheckFailed(f"params should have {name} of shape {tuple(shape)}")
            features = case.features.astype(np.float32)
            first, last = student.probe("captioning.practise", model, features, case.captions, 150, 0.02)
        if not last < 0.1 * first:
            raise CheckFailed("after 150 steps of Adam on five captions the loss is not below a tenth of what it was")

    test.__name__ = "learns_a_few_captions_by_heart"
    hint = "Do all parameters begin with small random numbers, and get a gradient?"
    hidden_test(f"captioning_loss_{cell}", weight=1.5, hint=hint)(test)


def _parameters(student: Student, model: Any) -> list[Any]:
    said = student.probe("captioning.parameters", model)
    return [student.value(item) if isinstance(item, Handle) else item for item in said]


for _cell in CELLS:
    _part_test(_cell, "loss", 4)
    for _name in PARAMETERS:
        _part_test(_cell, _name, 1)
    for _title, _sizes, _hint in (
        ("one_picture", Sizes(N=1), "Here the batch is one picture"),
        ("one_word", Sizes(T=1), "Here a caption is <START> and one more word"),
        ("other_sizes", Sizes(N=7, T=4, D=2, W=5, H=3, V=11), "Here N = 7, T = 4, D = 2, W = 5, H = 3, V = 11"),
        ("as_many_captions_as_words", Sizes(N=5, T=5), "Here N and T are equal: are the axes exchanged both ways?"),
    ):
        _corner_test(_cell, _title, partial(draw, cell=_cell, sizes=_sizes), _hint)
    _corner_test(_cell, "more_padding", partial(_padded, cell=_cell), "Here <NULL> fills three more columns")
    _corner_test(_cell, "captions_without_a_word", partial(_empty, cell=_cell), "Here some captions are all <NULL>")
    _corner_test(_cell, "float32_parameters", partial(draw, cell=_cell), "Here all arrays are float32", "float32")
    _order_test(_cell)
    _learning_test(_cell)


# Sampling


def ask_captions(student: Student, case: Case, length: int | None, dtype: str = "float64") -> list[list[int]]:
    """What the student's class says of the pictures of a case, up to the ends."""
    with naming_layers(student):
        model = make(student, case, dtype)
        features = case.features.astype(dtype)
        more: dict[str, Any] = {} if length is None else {"max_length": length}
        got = student.method(model, "sample", features, **more)
    N, most = len(features), length or 30
    if not isinstance(got, np.ndarray) or got.dtype.kind not in "biuf":
        raise CheckFailed(f"sample: expected an array of word numbers (N, max_length), got {kind_of(got)}")
    if got.ndim != 2 or len(got) != N or not 1 <= got.shape[1] <= most:
        raise CheckFailed(f"sample: expected shape ({N}, {most}), or fewer columns; got {got.shape}")
    if not np.all(np.isfinite(got)) or np.any(got != np.round(got)) or got.min() < 0 or got.max() >= case.sizes.V:
        raise CheckFailed("sample: the captions hold numbers that no word has")
    return until_end(got.astype(np.int64))


def _check_captions(student: Student, case: Case, length: int | None, dtype: str = "float64") -> None:
    got = ask_captions(student, case, length, dtype)
    most = length or 30

    def are(expected: list[list[int]]) -> bool:
        return all(same_caption(one, other, most) for one, other in zip(got, expected, strict=True))

    if are(reference.sample(case, most)[0]):
        return
    for key, words in reference.SAMPLE_MISTAKES.items():
        if are(reference.sample(case, most, key)[0]):
            raise CheckFailed(f"sample: {words}")
    raise CheckFailed("sample: the words are not those with the highest scores")


def _telling(rng: np.random.Generator, cell: str) -> Case:
    return reference.telling_case(cell, int(rng.integers(2**31)), LENGTH)


def _captions_test(cell: str) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        _check_captions(student, _telling(rng, cell), LENGTH)

    test.__name__ = f"captions_of_the_{cell}"
    hidden_test("captioning_sample", weight=3)(test)

    def learnt(student: Student, rng: np.random.Generator) -> None:
        case = reference.learnt(cell)
        got = ask_captions(student, case, None)
        known = [caption[1:][: caption[1:].index(END) + 1] for caption in case.captions.tolist()]
        right = sum(one == other for one, other in zip(got, known, strict=True))
        if right < len(known):
            raise CheckFailed(f"sample: a model that knows {len(known)} captions by heart says {right} of them rightly")

    learnt.__name__ = f"captions_that_the_{cell}_knows_by_heart"
    hidden_test("captioning_sample", weight=1, hint="Here sample is called without max_length")(learnt)


for _cell in CELLS:
    _captions_test(_cell)


def _usually_right(student: Student, rng: np.random.Generator) -> list[str]:
    """The cells whose captions are right in the ordinary case, or both."""
    right = []
    for cell in CELLS:
        try:
            _check_captions(student, _telling(rng, cell), LENGTH)
            right.append(cell)
        except StudentError:
            continue
    return right or list(CELLS)


@hidden_test("captioning_sample", weight=0.5, hint="Here there is one picture only")
def captions_of_one_picture(student: Student, rng: np.random.Generator) -> None:
    for cell in _usually_right(student, rng):
        case = _telling(rng, cell)
        for at in range(2):
            few = replace(case, features=case.features[at : at + 1], sizes=replace(case.sizes, N=1))
            _check_captions(student, few, LENGTH)


@hidden_test("captioning_sample", weight=0.5, hint="Here max_length is 1, 2 and 5")
def other_lengths(student: Student, rng: np.random.Generator) -> None:
    for cell in _usually_right(student, rng):
        case = _telling(rng, cell)
        for length in (5, 2):
            _check_captions(student, case, length)
        ask_captions(student, case, 1)


@hidden_test("captioning_sample", weight=0.5, hint="Two calls with the same pictures should give the same captions")
def called_again(student: Student, rng: np.random.Generator) -> None:
    for cell in _usually_right(student, rng):
        case = _telling(rng, cell)
        model = make(student, case)
        first, _, again = (
            student.method(model, "sample", features, max_length=LENGTH)
            for features in (case.features, case.features[::-1].copy(), case.features)
        )
        if not isinstance(first, np.ndarray) or first.ndim != 2 or not np.array_equal(first, again):
            raise CheckFailed("sample: the second call with the same features gives other captions")
        _check_captions(student, case, LENGTH)
