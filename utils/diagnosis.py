"""Says in what way an array is wrong, if that can be told.

The visible checks and the hidden tests both use it, so a student reads the same words in both. A message holds shapes,
indices and simple ratios, but no number of the expected array.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from utils.gradcheck import rel_error


def explain(
    name: str,
    got: Any,
    expected: Any,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    batch: int | None = None,
    steps: int | None = None,
    gates: str | None = None,
    alternatives: Mapping[str, Any] | None = None,
) -> str | None:
    """Compare what a student's code gave with what was expected, and name the fault.

    Parameters
    ----------
    name : str
        What the value is called; the message begins with it.
    got : object
        The student's value, whatever it is. Numbers, lists and whatever NumPy makes a numeric array of are compared
        as arrays. It is never trusted: nothing that it does or raises gets out of here.
    expected : array_like
        The right value, converted to float64.
    rtol, atol : float, optional
        The two agree where |got - expected| <= atol + rtol * |expected|, elementwise, as in `numpy.allclose`.
    batch, steps : int, optional
        The batch size N and the number of time steps T. An array of three or more axes whose first is as long as
        `steps` is read as (T, N, ...); one of two axes whose first is as long as `batch` as (N, ...).
    gates : str, optional
        Letters such as ``"fico"`` in whose order equal blocks lie side by side on the last axis.
    alternatives : mapping, optional
        From a message, such as "the derivative of tanh is missing", to the value that this mistake gives, or to a
        function without arguments that returns it, called only if the arrays differ. An alternative that is None,
        raises or is not finite is passed over. The first that agrees is named, before any other fault.

    Returns
    -------
    str or None
        None if they agree, else ``"<name>: <what is wrong>"`` in one line without a full stop.

    Examples
    --------
    >>> explain("dWx", np.ones((8, 7)), np.ones((7, 8)))
    'dWx: expected shape (7, 8), got (8, 7): is it transposed?'
    """
    right = np.asarray(expected, dtype=np.float64)
    case = _Case(right, rtol, atol, batch, steps, gates, alternatives or {})
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            fault = _fault(got, case)
    except (Exception, SystemExit):  # only a value that sets out to do so gets here
        fault = f"expected {_wanted(right)}, got something that cannot be read"
    return None if fault is None else f"{name}: {fault}"


@dataclass(frozen=True)
class _Case:
    right: np.ndarray
    rtol: float
    atol: float
    batch: int | None
    steps: int | None
    gates: str | None
    alternatives: Mapping[str, Any]

    def close(self, a: np.ndarray, b: np.ndarray) -> bool:
        return a.shape == b.shape and np.allclose(a, b, rtol=self.rtol, atol=self.atol, equal_nan=True)

    def vanishes(self, a: np.ndarray) -> bool:
        return bool((np.abs(a) <= self.atol).all())

    def axis_words(self, axis: int) -> tuple[str, str, str]:
        """What one index on an axis is called, and several, and what to put behind the numbers."""
        shape = self.right.shape
        if len(shape) >= 3 and shape[0] == self.steps and axis == 0:
            return "step", "steps", ""
        if axis == len(shape) - 2 - (len(shape) > 3) and shape[axis] == self.batch:
            return "sample", "samples", ""
        if len(shape) == 2:
            return ("row", "rows", "") if axis == 0 else ("column", "columns", "")
        return "index", "indices", "" if len(shape) == 1 else f" of axis {axis}"


def _fault(got: Any, case: _Case) -> str | None:
    array = _read(got)
    if isinstance(array, str):
        return f"expected {_wanted(case.right)}, got {array}"
    values = array.astype(np.float64)
    if case.close(values, case.right):
        return None
    if values.shape != case.right.shape:
        text = f"expected shape {case.right.shape}, got {values.shape}"
        why = _alternative(values, case) or _wrong_shape(values, case)
        return f"{text}: {why}" if why else text
    for look in (_alternative, _not_finite, _vanishing, _scale, _axes, _time, _gate_order):
        if found := look(values, case):
            return found
    if array.dtype.kind in "iub":
        return f"whole numbers, dtype {array.dtype}: was the array made with an integer dtype?"
    return _rounding(array, case) or _gate_blocks(values, case) or _part(values, case) or _plain(values, case)


def _wanted(right: np.ndarray) -> str:
    return f"an array of shape {right.shape}" if right.ndim else "a number"


def _read(got: Any) -> np.ndarray | str:
    """The value as a plain array of numbers, or in words what it is instead."""
    kind = type(got)
    # issubclass of the type, since isinstance would also believe the object's own __class__.
    if got is None:
        return "None: is it computed and returned?"
    if issubclass(kind, np.ma.MaskedArray) and np.ma.getmaskarray(got).any():
        return "a masked array: is something masked that should be computed?"
    if not (issubclass(kind, (np.ndarray, np.generic, int, float, list, tuple)) or hasattr(kind, "__array__")):
        return describe(got)
    try:
        array = np.array(got, subok=False)
    except (Exception, SystemExit):
        return f"{describe(got)} that is no regular array of numbers"
    if array.dtype.kind == "c":
        return "complex numbers"
    if array.dtype.kind not in "fiub":
        return f"{describe(got)} of dtype {array.dtype}: every element must be a number"
    return array


def describe(value: Any) -> str:
    """What kind of thing a value is, in words: ``None``, ``an array of shape (3, 4)``, ``a tuple of 2``."""
    kind = type(value)
    if value is None:
        return "None"
    if issubclass(kind, np.ndarray):
        return f"an array of shape {np.ndarray.shape.__get__(value)}"
    if kind in (tuple, list):
        return f"a {kind.__name__} of {len(value)}"
    try:
        word = str(type.__dict__["__name__"].__get__(kind))[:40]
    except Exception:  # a class may be made such that it has no name
        word = "object"
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def _alternative(values: np.ndarray, case: _Case) -> str | None:
    for message, alternative in case.alternatives.items():
        try:
            wrong = alternative() if callable(alternative) else alternative
            wrong = None if wrong is None else np.asarray(wrong, dtype=np.float64)
        except Exception:  # it may call the student's code with unusual input
            continue
        if wrong is not None and np.isfinite(wrong).all() and case.close(values, wrong):
            return message
    return None


def _wrong_shape(values: np.ndarray, case: _Case) -> str | None:
    right, got, want = case.right, values.shape, case.right.shape
    if len(got) == len(want) + 1:
        for axis in range(len(got)):
            if got[:axis] + got[axis + 1 :] == want and got[axis] > 1:
                what = {case.batch: "the batch", case.steps: "the time steps"}.get(got[axis], f"axis {axis}")
                return f"is the sum over {what} missing?"
    if len(got) == len(want) + 2 and got[2:] == want and got[:2] == (case.steps, case.batch):
        return "is the sum over the time steps and the batch missing?"
    if len(got) + 1 == len(want) and got in (want[:axis] + want[axis + 1 :] for axis in range(len(want))):
        if want[0] == case.steps and got == want[1:]:
            return f"all {case.steps} time steps belong in it, not one"
        return "is it summed over an axis that should stay?"
    if len(got) == len(want) == 2 and got == want[::-1]:
        return "is it transposed?"
    if len(got) == len(want) and sorted(got) == sorted(want):
        exchanged = want[0] == case.steps and got == (want[1], want[0], *want[2:])
        return "time comes first, then the batch" if exchanged else "is the order of axes right?"
    if [n for n in got if n != 1] == [n for n in want if n != 1]:
        return "axes of length 1 are too many or missing"
    if case.gates and got and want and got[:-1] == want[:-1] and got[-1] * len(case.gates) == want[-1]:
        return f"one block, where those of all {len(case.gates)} gates lie side by side"
    if len(got) == len(want) and got[1:] == want[1:] and want[0] == case.steps and abs(got[0] - want[0]) == 1:
        if case.close(values[1:], right):
            return "is the initial state among the steps?"
        return "one time step is missing" if got[0] < want[0] else "there is one time step too many"
    if len(want) == 1 and got == (case.batch,):
        return "one value for each sample: is it summed over the wrong axis?"
    if values.size == right.size:
        return "the number of values is right, their arrangement is not"
    return None


def _not_finite(values: np.ndarray, case: _Case) -> str | None:
    bad = ~np.isfinite(values) & np.isfinite(case.right)
    if not bad.any():
        return None
    kind = "nan" if np.isnan(values[bad]).all() else "infinite" if np.isinf(values[bad]).all() else "nan or infinite"
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    where = "all" if bad.all() else f"{bad.sum()} of {bad.size}"
    return f"{where} values are {kind}, the first at index {first}: look for an overflow or a division by zero"


def _vanishing(values: np.ndarray, case: _Case) -> str | None:
    if case.vanishes(values):
        return "all zeros: is it computed, or only allocated?"
    return "must be zero everywhere here, and is not" if case.vanishes(case.right) else None


def _ratio(values: np.ndarray, right: np.ndarray, case: _Case) -> float | None:
    """The c in values = c * right, if there is one."""
    square = float(np.sum(right * right))
    if not square:
        return None
    ratio = float(np.sum(values * right)) / square
    tolerance = case.atol * max(1.0, abs(ratio))
    if np.abs(ratio * right).max() <= 10 * case.atol or not np.isfinite(ratio):
        return None
    return ratio if np.allclose(values, ratio * right, rtol=case.rtol, atol=tolerance) else None


def _scale(values: np.ndarray, case: _Case) -> str | None:
    ratio = _ratio(values, case.right, case)
    return None if ratio is None else _ratio_words(ratio, case)


def _ratio_words(ratio: float, case: _Case) -> str | None:
    def near(number: float) -> bool:
        return abs(abs(ratio) - number) <= max(1e-6, 10 * case.rtol) * number

    flipped = "the sign is flipped" if ratio < 0 else ""
    if near(1):
        return flipped or None
    also = f"{flipped}, and it is " if flipped else ""
    batch, steps = case.batch or 1, case.steps or 1
    sizes = {batch: "the batch size", steps: "the number of time steps"}
    sizes.setdefault(batch * steps, "batch size times number of time steps")
    for size, words in sizes.items():
        if size > 1 and near(1 / size):
            return f"{also}divided by {words}, {size}: a sum belongs here, not a mean"
        if size > 1 and near(size):
            return f"{also}multiplied by {words}, {size}"
    simple = Fraction(abs(ratio)).limit_denominator(12)
    if 0 < simple.numerator <= 12 and near(float(simple)):
        twice = ": is something added twice?" if simple == 2 else ""
        return f"{also or 'every value is '}{simple} times what it should be{twice}"
    # Where all numbers are one and the same, the ratio to an array of ones would give that number away.
    magnitudes = np.abs(case.right[case.right != 0])
    if np.ptp(magnitudes) <= 1e-3 * magnitudes.max():
        return f"{also}scaled by a constant"
    return f"{also}scaled: every value is {abs(ratio):.3g} times what it should be"


def _axes(values: np.ndarray, case: _Case) -> str | None:
    for i, j in itertools.combinations(range(values.ndim), 2):
        if case.close(values.swapaxes(i, j), case.right):
            if values.ndim == 2:
                return "is it transposed? Its transpose is right"
            return f"axes {i} and {j} are exchanged" + (": time comes first" if (i, j) == (0, 1) and case.steps else "")
    return None


def _time(values: np.ndarray, case: _Case) -> str | None:
    right = case.right
    if right.ndim < 3 or len(right) < 2 or len(right) != case.steps:
        return None
    if case.close(values, right[::-1]):
        return "the time steps are in reverse order"
    if case.close(values, np.broadcast_to(right[-1:], right.shape)):
        return "every step holds the values of the last step: is one array overwritten again and again?"
    if case.close(values[1:], right[:-1]) and not case.vanishes(right[:-1]):
        return "one step late: step t holds what belongs to step t - 1"
    if case.close(values[:-1], right[1:]) and not case.vanishes(right[1:]):
        return "one step early: step t holds what belongs to step t + 1"
    return None


def _blocks(array: np.ndarray, gates: str) -> list[np.ndarray]:
    return np.split(array, len(gates), axis=-1)


def _gate_order(values: np.ndarray, case: _Case) -> str | None:
    gates, right = case.gates, case.right
    if not gates or not right.ndim or right.shape[-1] % len(gates):
        return None
    blocks = list(zip(gates, _blocks(right, gates), strict=True))
    found = []
    for own, block in zip(gates, _blocks(values, gates), strict=True):
        # A gate's own block first: blocks may be equal, such as zeros.
        candidates = sorted(blocks, key=lambda item: item[0] != own)
        found.append(next((letter for letter, candidate in candidates if case.close(block, candidate)), None))
    if None not in found:
        order = ", ".join(str(letter) for letter in found)
        return f"the gates lie in the order {order}; expected {', '.join(gates)}"
    woven = values.reshape(*right.shape[:-1], -1, len(gates)).swapaxes(-1, -2).reshape(right.shape)
    if case.close(woven, right):
        return f"the gates are interleaved element by element; expected side by side as blocks {', '.join(gates)}"
    return None


def _gate_blocks(values: np.ndarray, case: _Case) -> str | None:
    """Some gates are right, others are not."""
    gates, right = case.gates, case.right
    if not gates or not right.ndim or right.shape[-1] % len(gates):
        return None
    pairs = list(zip(gates, _blocks(values, gates), _blocks(right, gates), strict=True))
    wrong = [(letter, a, b) for letter, a, b in pairs if not case.close(a, b)]
    if len(wrong) == len(pairs):
        return None
    letters = [letter for letter, _, _ in wrong]
    text = f"right but for gate{'s' if len(letters) > 1 else ''} {', '.join(letters)}"
    return text + _remark(np.stack([a for _, a, _ in wrong]), np.stack([b for _, _, b in wrong]), case)


def _remark(values: np.ndarray, right: np.ndarray, case: _Case) -> str:
    """What a wrong part has in common, to be put behind the words that say which part it is."""
    if case.vanishes(values):
        return " (zeros there)"
    ratio = _ratio(values, right, case) if np.count_nonzero(right) > 1 else None
    words = None if ratio is None else _ratio_words(ratio, case)
    return f" ({words})" if words else ""


def _rounding(array: np.ndarray, case: _Case) -> str | None:
    values = array.astype(np.float64)
    error = rel_error(values, case.right)
    differences = np.abs(values - case.right)
    # Rounding is everywhere; a fault in one place leaves most differences far below the largest.
    if not 0 < error < 1e-2 or np.median(differences) < differences.max() / 1e3:
        return None
    for kind, limit in ((np.float16, 1e-2), (np.float32, 1e-4)):
        exact = array.dtype == kind or np.array_equal(values.astype(kind).astype(np.float64), values)
        if exact and error < limit:
            return f"differs by the rounding of {kind.__name__} (relative error {error:.0e}): keep the input's dtype"
    if error < 1e-5:
        return f"relative error {error:.0e}, about the rounding of float32: is something computed in float32?"
    if error < 3e-3:
        return f"relative error {error:.0e}: is something computed in float16, or a small term missing?"
    return None


def _part(values: np.ndarray, case: _Case) -> str | None:
    """Right at some indices of an axis and wrong at others."""
    wrong = ~np.isclose(values, case.right, rtol=case.rtol, atol=case.atol)
    best: tuple[float, int, list[int]] | None = None
    for axis in range(wrong.ndim):
        others = tuple(other for other in range(wrong.ndim) if other != axis)
        indices = [int(i) for i in np.flatnonzero(wrong.any(axis=others))]
        part = len(indices) / wrong.shape[axis]
        if part < 1 and (best is None or part < best[0]):
            best = (part, axis, indices)
    if best is None:
        return None
    part, axis, indices = best
    remark = _remark(values.take(indices, axis), case.right.take(indices, axis), case)
    words = _part_words(indices, values.shape[axis], *case.axis_words(axis))
    return words.partition(":")[0] + remark if remark else words


def _part_words(wrong: list[int], length: int, one: str, many: str, behind: str) -> str:
    first, last = wrong[0], wrong[-1]
    if len(wrong) == 1:
        return f"right but for {one} {first}{behind}" + (", the last" if first == length - 1 else "")
    if one == "step" and last - first + 1 == len(wrong):
        if last == length - 1:
            return f"right up to step {first - 1}, wrong from step {first} on: what is handed on from step to step?"
        if first == 0:
            return f"wrong up to step {last}, right from step {last + 1} on: what is handed back from step to step?"
    if len(wrong) <= length / 2:
        return f"right but for {many} {', '.join(map(str, wrong))}{behind}"
    right = [index for index in range(length) if index not in wrong]
    return f"right only at {one if len(right) == 1 else many} {', '.join(map(str, right))}{behind}"


def _plain(values: np.ndarray, case: _Case) -> str:
    return f"wrong values (relative error {rel_error(values, case.right):.0e})"
