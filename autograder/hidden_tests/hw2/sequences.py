"""The tests that only whole sequences get: one step, and gradients that arrive at some of the steps only."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.hidden_tests.hw2.common import backward_test, forward_test
from autograder.hidden_tests.hw2.reference import Array
from autograder.hidden_tests.hw2.support import Case, Layer, draw


def sequence_tests(layer: Layer) -> None:
    """Add these tests for one layer."""
    for add in (forward_test, backward_test):
        add(layer, "one_step", lambda rng: draw(layer, rng, N=3, D=2, T=1), hint="Here the sequence is one step long")
        add(layer, "many_steps", lambda rng: draw(layer, rng, N=3, D=2, T=17), hint="Here T = 17")
    for name, at in (("last", -1), ("first", 0), ("middle", 2)):
        hint = f"Here dh is zero at every step but the {name} one"
        backward_test(layer, f"gradient_at_the_{name}_step_only", partial(_only_at, layer, at), hint=hint)


def _only_at(layer: Layer, t: int, rng: np.random.Generator) -> Case:
    def keep(dh: Array) -> Array:
        kept = np.zeros_like(dh)
        kept[t] = dh[t]
        return kept

    return draw(layer, rng, N=3, D=2).with_upstream(keep)
