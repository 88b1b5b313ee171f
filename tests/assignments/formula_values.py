"""Compute parsed formulas in float64 and compare their two sides.

The written derivations promise gradients; here their formulas are taken at their word, with the values that a forward
pass and automatic differentiation gave to the symbols. A symbol one step beyond the last is zero: nothing comes back
from after the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from latex import Beside, Binary, FormulaError, Index, Node, Number, Power, Row, Sum, Symbol, Unary, parse
from numpy.typing import NDArray

Array = NDArray[np.float64]


class WrongFormulaError(AssertionError):
    """The formula is understood and false: its shapes don't fit, or its value is not the true one."""


@dataclass(frozen=True)
class Values:
    """What the symbols stand for.

    `fixed` holds symbols without a step; `steps` holds the others by step; `limits` holds T and N, the ends of the
    sums, and where there is one step only, t.
    """

    fixed: Mapping[str, Array]
    steps: Mapping[str, Mapping[int, Array]]
    limits: Mapping[str, int]

    def at(self, name: str, step: int | None) -> Array:
        if step is None:
            if name not in self.fixed:
                known = "needs a step" if name in self.steps else "has no value"
                raise FormulaError(f"the symbol {name!r} {known}")
            return self.fixed[name]
        if name not in self.steps:
            raise FormulaError(f"the symbol {name!r} has no value at a step")
        table = self.steps[name]
        if step in table:
            return table[step]
        if step == self.limits["T"] + 1:
            return np.zeros_like(next(iter(table.values())))
        raise FormulaError(f"the symbol {name!r} has no value at step {step}")


def evaluate(node: Node, values: Values, bound: Mapping[str, int]) -> Array:
    """Return a node's value; `bound` holds the step and the variables of the sums around it."""
    match node:
        case Number(value):
            return np.asarray(value)
        case Symbol(name, step):
            return values.at(name, None if step is None else _index(step, values, bound))
        case Unary(operation, body):
            return _unary(operation, evaluate(body, values, bound))
        case Binary(operation, left, right):
            return _binary(operation, evaluate(left, values, bound), evaluate(right, values, bound))
        case Power(body, exponent):
            return evaluate(body, values, bound) ** exponent
        case Row(body, index):
            return _row(evaluate(body, values, bound), _index(index, values, bound))
        case Beside(blocks):
            return np.concatenate([evaluate(block, values, bound) for block in blocks], axis=-1)
        case Sum(variable, first, last, body):
            if variable in bound:
                raise FormulaError(f"the sum's variable {variable!r} is already in use around it")
            steps = range(_index(first, values, bound), _index(last, values, bound) + 1)
            terms = [evaluate(body, values, {**bound, variable: step}) for step in steps]
            if not terms:
                raise FormulaError(f"the sum over {variable!r} has no terms")
            return np.sum(terms, axis=0)


def _index(index: Index, values: Values, bound: Mapping[str, int]) -> int:
    if index.variable is None:
        return index.offset
    for numbers in (bound, values.limits):
        if index.variable in numbers:
            return numbers[index.variable] + index.offset
    raise FormulaError(f"the index {index.variable!r} is bound by nothing")


def _unary(operation: str, value: Array) -> Array:
    if operation == "transpose":
        return value.T
    if operation == "-":
        return -value
    return np.tanh(value) if operation == r"\tanh" else 1 / (1 + np.exp(-value))


def _binary(operation: str, left: Array, right: Array) -> Array:
    """Combine two values, strictly: nothing is broadcast but plain numbers, and a bias over the rows it is added to."""
    plain_number = not left.ndim or not right.ndim
    if operation == "matmul" and not plain_number:
        if left.shape[-1] != right.shape[0]:
            raise WrongFormulaError(f"no matrix product of shapes {left.shape} and {right.shape}")
        return left @ right
    bias = operation == "+" and {left.ndim, right.ndim} == {1, 2} and left.shape[-1] == right.shape[-1]
    if not (plain_number or bias or left.shape == right.shape):
        raise WrongFormulaError(f"{operation} of shapes {left.shape} and {right.shape}")
    return left + right if operation == "+" else left * right


def _row(value: Array, row: int) -> Array:
    if value.ndim != 2 or not 1 <= row <= len(value):
        raise WrongFormulaError(f"row {row} of an array of shape {value.shape}")
    return value[row - 1]


def verify(formula: str, values: Values) -> int:
    """Compare both sides of a formula, at every step where its left side has a `t`; return how often they agreed.

    Raises `WrongFormulaError` where they differ, `FormulaError` where the formula is not understood.
    """
    left, right = parse(formula)
    places: list[dict[str, int]] = [{}]
    if left.step is not None and left.step.variable == "t":
        last = values.limits["T"]
        places = [{"t": t} for t in range(1, last + 1) if t + left.step.offset <= last]
    for bound in places:
        expected, got = evaluate(left, values, bound), evaluate(right, values, bound)
        where = f" at t = {bound['t']}" if bound else ""
        zero = np.ndim(got) == 0 and got == 0  # "= 0" is said of an array of any shape
        if np.shape(got) != expected.shape and not zero:
            raise WrongFormulaError(f"shape {np.shape(got)} instead of {expected.shape}{where}: {formula.strip()}")
        if not np.allclose(got, expected, rtol=1e-9, atol=1e-11):
            error = float(np.max(np.abs(got - expected)))
            raise WrongFormulaError(f"off by up to {error:.3g}{where}: {formula.strip()}")
    return len(places)
