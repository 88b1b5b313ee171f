"""Hidden tests of problem 2, whole runs: what becomes of a picture, on a network that the student does not have.

The network in the kernel is exchanged for a small one that is drawn for the test, and the grader judges the picture
that comes back with the same network and its own losses. How the run went (learning rate, clamping) is a claim of the
kernel and counts little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from autograder.errors import CheckFailed, StudentError
from autograder.hidden_tests.hw2.style_net import Task, draw
from autograder.hidden_tests.hw2.style_reference import Array
from autograder.kernel.wire import Handle, Tensor
from autograder.student import Student, kind_of
from autograder.testing import hidden_test, needs

GROUP = "style_transfer"
FALLEN, CONTENT_FALLEN, STYLE_FALLEN, TV_FALLEN = 0.75, 0.3, 0.05, 0.05
"""Fractions of what a loss is in the beginning; the course's own solution reaches less than two thirds of each."""
ITERATIONS, DROP, CLAMPED_UNTIL = 200, 180, 190
RATE, LATER_RATE, BOUND = 3.0, 0.1, 1.5
ENOUGH_PICTURES, ENOUGH_POINTS = 3, 10

needs(GROUP, "content_loss", "gram_matrix", "style_loss", "tv_loss")


@dataclass(frozen=True)
class Outcome:
    """What came of one call of `style_transfer`."""

    image: Array
    """The picture in the end, (1, 3, H, W)."""
    first: Array
    """The picture before the first step; what `image` is if no step was seen."""
    steps: Array
    """(steps, 4): learning rate, smallest and largest value of the picture, tensors that the optimizer held."""
    kinds: str
    inputs: list[Any]
    """Shapes that the network was given."""
    network_changed: bool
    shown: int
    pictures: list[Array]
    points: int


def transfer(student: Student, task: Task, seed: int = 0, init_random: bool | None = None) -> Outcome:
    """Call the student's function on a task; the picture is what it returned, or else what its optimizer held."""
    function = student.variable(GROUP)
    if not isinstance(function, Handle):
        raise CheckFailed(f"{GROUP}: expected a function, got {kind_of(function)}")
    layers = [(_tensor(weight), _tensor(bias), stride) for weight, bias, stride in task.network]
    files = student.probe("style.begin", function, layers, task.content, task.style, seed)
    options: dict[str, Any] = {} if init_random is None else {"init_random": init_random}
    try:
        returned = student.call(
            GROUP,
            *files,
            task.image_size,
            task.style_size,
            task.content_layer,
            task.content_weight,
            task.style_layers,
            task.style_weights,
            task.tv_weight,
            **options,
        )
    except StudentError:
        student.probe("style.stop")
        raise
    seen = student.probe("style.seen")
    seen = student.value(seen) if isinstance(seen, Handle) else seen
    if not isinstance(seen, dict):
        raise CheckFailed(f"{GROUP}: what it did cannot be read")
    return _outcome(task, returned, seen)


def _tensor(array: Array) -> Tensor:
    return Tensor(array.astype(np.float32))


def _outcome(task: Task, returned: Any, seen: dict[str, Any]) -> Outcome:
    candidates = [*(returned if isinstance(returned, (list, tuple)) else [returned]), seen.get("last")]
    images = [image for image in map(_as_image, candidates) if image is not None]
    if not images:
        raise CheckFailed(
            f"{GROUP}: no picture came back: return the final image, and let an optimizer of torch.optim change it"
        )
    shape, got = task.content_image.shape, images[0].shape
    if got != shape:
        raise CheckFailed(
            f"{GROUP}: for image_size {task.image_size} expected a picture of shape {shape}, got {got}: "
            "is the content picture read with image_size?"
        )
    if not np.all(np.isfinite(images[0])):
        raise CheckFailed(f"{GROUP}: the final picture is not finite")
    first, steps, inputs = _as_image(seen.get("first")), seen.get("steps"), seen.get("inputs")
    pictures = seen.get("pictures")
    good = isinstance(steps, np.ndarray) and steps.ndim == 2 and steps.shape[1] == 4 and steps.dtype.kind == "f"
    return Outcome(
        image=images[0],
        first=images[0] if first is None else first,
        steps=np.asarray(steps, np.float64) if good else np.zeros((0, 4)),
        kinds=str(seen.get("kinds")),
        inputs=inputs if isinstance(inputs, list) else [],
        network_changed=seen.get("network_changed") is not False,
        shown=_count(seen.get("shown")),
        pictures=[p for p in pictures if isinstance(p, np.ndarray)] if isinstance(pictures, list) else [],
        points=_count(seen.get("points")),
    )


def _as_image(value: Any) -> Array | None:
    """A tensor or an array that can be a picture, as (1, 3, H, W)."""
    array = value.array if isinstance(value, Tensor) else value
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        return None
    array = array[None] if array.ndim == 3 else array
    return array.astype(np.float64) if array.ndim == 4 and array.shape[:2] == (1, 3) else None


def _count(value: Any) -> int:
    return value if type(value) is int else 0


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


# What becomes of the picture


@hidden_test(GROUP, weight=3)
def the_total_loss_falls(student: Student, rng: np.random.Generator) -> None:
    task = draw(rng)
    _assert_fallen(task, transfer(student, task, _seed(rng)))


@hidden_test(GROUP, weight=1.5, hint="Here five style layers count, with as many weights, and content layer 1")
def other_layers(student: Student, rng: np.random.Generator) -> None:
    task = draw(rng, content_layer=1, style_layers=(1, 5, 0, 3, 2))
    _assert_fallen(task, transfer(student, task, _seed(rng)))


def _assert_fallen(task: Task, outcome: Outcome) -> None:
    before, after = sum(task.terms(task.content_image)), sum(task.terms(outcome.image))
    if not after <= FALLEN * before:
        raise CheckFailed(
            f"{GROUP}: the final picture has {after / before:.3g} times the loss of the content picture, at most "
            f"{FALLEN} times is expected: is the sum of all three terms minimised, with the right targets?"
        )


@hidden_test(GROUP, weight=1.5, hint="Here only content_weight is not 0, and the picture begins as noise")
def the_content_term_brings_the_content(student: Student, rng: np.random.Generator) -> None:
    task = draw(rng).with_weights(content=1)
    image = transfer(student, task, _seed(rng), init_random=True).image
    noise = rng.random(image.shape)
    left = task.terms(image)[0] / task.terms(noise)[0]
    if not left <= CONTENT_FALLEN:
        raise CheckFailed(
            f"{GROUP}: the features of content_layer are not those of the content picture; their loss is {left:.3g} "
            f"times that of noise, at most {CONTENT_FALLEN} times is expected: is the target taken from content_layer?"
        )


@hidden_test(GROUP, weight=1.5, hint="Here content_weight and tv_weight are 0, and the picture begins as noise")
def the_style_term_brings_the_style(student: Student, rng: np.random.Generator) -> None:
    task = draw(rng).with_weights(style=1)
    image = transfer(student, task, _seed(rng), init_random=True).image
    left = task.terms(image)[1] / task.terms(rng.random(image.shape))[1]
    if not left <= STYLE_FALLEN:
        raise CheckFailed(
            f"{GROUP}: the Gram matrices are not those of the style picture; their loss is {left:.3g} times that of "
            f"noise, at most {STYLE_FALLEN} times is expected: are the targets taken from the style picture, read with "
            "style_size, and from style_layers?"
        )


@hidden_test(
    GROUP, weight=0.75, hint="Here only tv_weight is not 0, there is one style layer, and it begins with noise"
)
def the_tv_term_smooths(student: Student, rng: np.random.Generator) -> None:
    task = draw(rng, style_layers=(3,)).with_weights(tv=1)
    image = transfer(student, task, _seed(rng), init_random=True).image
    left = task.terms(image)[2] / task.terms(rng.random(image.shape))[2]
    if not left <= TV_FALLEN:
        raise CheckFailed(
            f"{GROUP}: the picture is not smooth; its total variation is {left:.3g} times that of noise, at most "
            f"{TV_FALLEN} times is expected: is tv_loss part of the sum?"
        )


@hidden_test(GROUP, weight=0.75, hint="Here all weights are 0, so that the picture stays what it is in the beginning")
def begins_with_the_content_picture(student: Student, rng: np.random.Generator) -> None:
    task = draw(rng, soft=True).with_weights()
    image = transfer(student, task, _seed(rng)).image
    if not np.allclose(image, task.content_image, atol=1e-3):
        raise CheckFailed(
            f"{GROUP}: without init_random the picture must begin as a copy of the content picture, and stay it where "
            "nothing pulls at it"
        )


@hidden_test(GROUP, weight=0.75, hint="Here all weights are 0 and init_random=True")
def begins_with_noise_if_asked_to(student: Student, rng: np.random.Generator) -> None:
    task = draw(rng, soft=True).with_weights()
    image = transfer(student, task, _seed(rng), init_random=True).image
    likeness = abs(_correlation(image, task.content_image))
    if np.std(image) < 0.05 or likeness > 0.5:
        what = "one even colour" if np.std(image) < 0.05 else "like the content picture"
        raise CheckFailed(f"{GROUP}: with init_random=True the picture must begin as noise, and here it is {what}")


@hidden_test(GROUP, weight=0.75, hint="Here the files are twice as large as image_size and style_size ask for")
def sizes_of_both_pictures(student: Student, rng: np.random.Generator) -> None:
    task = draw(rng, scale=2)
    outcome = transfer(student, task, _seed(rng))
    for name, image in (("image_size", task.content_image), ("style_size", task.style_image)):
        if list(image.shape) not in outcome.inputs:
            raise CheckFailed(f"{GROUP}: no picture of shape {image.shape} was given to the network: is {name} used?")


# How the run went

_known: WeakKeyDictionary[Student, Outcome | StudentError] = WeakKeyDictionary()


def _ordinary(student: Student) -> Outcome:
    """One run for all tests that look at how it went."""
    if student not in _known:
        try:
            _known[student] = transfer(student, draw(np.random.default_rng(0)))
        except StudentError as error:
            _known[student] = error
    found = _known[student]
    if isinstance(found, StudentError):
        raise found
    if not len(found.steps):
        raise CheckFailed(f"{GROUP}: no optimizer of torch.optim has made a step with a picture: use torch.optim.Adam")
    return found


@hidden_test(GROUP, weight=1)
def the_learning_rate_drops(student: Student, rng: np.random.Generator) -> None:
    outcome = _ordinary(student)
    rates = outcome.steps[:, 0]
    if len(rates) < ITERATIONS - 1 or len(rates) > ITERATIONS + 1:
        raise CheckFailed(f"{GROUP}: expected {ITERATIONS} iterations, the optimizer made {len(rates)} steps")
    if "Adam" not in outcome.kinds:
        raise CheckFailed(f"{GROUP}: expected Adam as the optimizer")
    # Whoever counts from 1 is one step early; the step of iteration 180 itself may be before or after the drop.
    early, late = rates[: DROP - 1], rates[DROP + 1 :]
    if not np.allclose(early, RATE):
        raise CheckFailed(f"{GROUP}: the learning rate must be {RATE} before iteration {DROP}; it is {early.min():.3g}")
    if not np.allclose(late, LATER_RATE):
        raise CheckFailed(
            f"{GROUP}: the learning rate must be {LATER_RATE} from iteration {DROP} on; it is {late.max():.3g}"
        )


@hidden_test(GROUP, weight=1)
def the_picture_is_clamped_at_first(student: Student, rng: np.random.Generator) -> None:
    steps = _ordinary(student).steps[:, 1:3]
    # Some clamp before an iteration and some after it, so the first picture may be as it came.
    reached = np.abs(steps[1 : CLAMPED_UNTIL - 1]).max(initial=0)
    if reached > BOUND + 1e-3:
        raise CheckFailed(
            f"{GROUP}: before iteration {CLAMPED_UNTIL} the values must be clamped to [-{BOUND}, {BOUND}] in each "
            "iteration, in place (img.data.clamp_); some are outside"
        )
    if reached < BOUND - 1e-3 or np.any(steps[20:CLAMPED_UNTIL:20, 0] >= 0):
        raise CheckFailed(f"{GROUP}: the values are clamped to less than [-{BOUND}, {BOUND}]")
    if np.abs(steps[CLAMPED_UNTIL + 2 :]).max(initial=0) <= BOUND + 1e-3:
        raise CheckFailed(f"{GROUP}: from iteration {CLAMPED_UNTIL} on the values must be free; they are still clamped")


@hidden_test(GROUP, weight=1)
def only_the_picture_is_optimised(student: Student, rng: np.random.Generator) -> None:
    outcome = _ordinary(student)
    if np.any(outcome.steps[:, 3] != 1):
        raise CheckFailed(
            f"{GROUP}: the optimizer holds {int(outcome.steps[:, 3].max())} tensors: give it the picture alone, [img]"
        )
    if outcome.network_changed:
        raise CheckFailed(f"{GROUP}: the weights of the network have changed: only the picture is optimised")


@hidden_test(GROUP, weight=0.75)
def the_pictures_are_shown(student: Student, rng: np.random.Generator) -> None:
    outcome = _ordinary(student)
    if outcome.shown < ENOUGH_PICTURES:
        raise CheckFailed(
            f"{GROUP}: {outcome.shown} pictures are shown; expected at least the content picture, the style picture "
            "and the result: log.show() does it"
        )
    result = _displayed(outcome.image)
    if not any(_correlation(_small(picture), result) > 0.9 for picture in outcome.pictures if _fits(picture, result)):
        raise CheckFailed(f"{GROUP}: the final picture is not among those that are shown")


@hidden_test(GROUP, weight=0.5)
def the_learning_curve_is_shown(student: Student, rng: np.random.Generator) -> None:
    if _ordinary(student).points < ENOUGH_POINTS:
        raise CheckFailed(f"{GROUP}: no curve of the loss over the iterations is drawn: log.show() does it")


def _displayed(image: Array) -> Array:
    """A normalised picture with the colours last, up to brightness and contrast."""
    return image[0].transpose(1, 2, 0) * np.array((0.229, 0.224, 0.225)) + np.array((0.485, 0.456, 0.406))


def _fits(picture: Array, result: Array) -> bool:
    return picture.ndim == 3 and picture.shape[:2] == result.shape[:2] and picture.shape[2] in (3, 4)


def _small(picture: Array) -> Array:
    return picture[..., :3].astype(np.float64)


def _correlation(one: Array, other: Array) -> float:
    if one.shape != other.shape or not np.all(np.isfinite(one)) or not np.ptp(one) > 0:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
