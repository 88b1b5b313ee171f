"""The hidden tests themselves: their reference, what they ask of a student, and what they cannot be led to do."""

import random
import warnings

import numpy as np
import pytest
import torch

from autograder import bank
from autograder.hidden_tests.hw2 import layers, reference
from autograder.hidden_tests.hw2.support import draw
from autograder.kernel import wire
from autograder.kernel.responder import Responder
from autograder.kernel.wire import Handle
from autograder.student import Student
from autograder.testing import run_group, run_test

NOTEBOOKS = ("3_rnn", "4_lstm")
LAYERS = (layers.RNN_STEP, layers.RNN, layers.LSTM_STEP, layers.LSTM)
GROUPS = [(notebook, name) for notebook in NOTEBOOKS for name in bank.groups("hw2", notebook)]


# The reference


def torch_lstm_step(v, prev_h, prev_c):
    f, i, g, o = (v["x"] @ v["Wx"] + prev_h @ v["Wh"] + v["b"]).chunk(4, dim=1)
    next_c = torch.sigmoid(f) * prev_c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(next_c), next_c


def torch_outputs(layer, v):
    """The same layers, written with torch."""
    if layer is layers.RNN_STEP:
        return {"next_h": torch.tanh(v["x"] @ v["Wx"] + v["prev_h"] @ v["Wh"] + v["b"])}
    if layer is layers.LSTM_STEP:
        return dict(zip(("next_h", "next_c"), torch_lstm_step(v, v["prev_h"], v["prev_c"]), strict=True))
    states, h, c = [], v["h0"], torch.zeros_like(v["h0"])
    for x in v["x"]:
        if layer is layers.RNN:
            h = torch.tanh(x @ v["Wx"] + h @ v["Wh"] + v["b"])
        else:
            h, c = torch_lstm_step({**v, "x": x}, h, c)
        states.append(h)
    return {"h": torch.stack(states)}


@pytest.mark.parametrize("sizes", [{}, {"N": 1}, {"T": 1}, {"N": 5, "D": 2, "H": 3, "T": 7}], ids=str)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.forward)
def test_reference_against_torch_autograd(layer, sizes):
    case = draw(layer, np.random.default_rng(0), **sizes)
    v = {name: torch.tensor(array, requires_grad=True) for name, array in case.inputs.items()}
    outputs = torch_outputs(layer, v)
    expected = case.expected()
    for name in layer.outputs:
        np.testing.assert_allclose(expected[name], outputs[name].detach().numpy(), rtol=1e-12, atol=1e-14)
    sum((outputs[name] * torch.tensor(case.upstream[f"d{name}"])).sum() for name in layer.outputs).backward()
    gradients = case.expected_gradients()
    assert set(gradients) == set(layer.gradients)
    for name, array in gradients.items():
        np.testing.assert_allclose(array, v[name[1:]].grad.numpy(), rtol=1e-11, atol=1e-13)


def test_reference_sigmoid_at_large_values():
    np.testing.assert_array_equal(reference.sigmoid(np.array([-1e6, 0.0, 1e6])), [0.0, 0.5, 1.0])


# The groups


def test_groups_are_named_for_the_functions_and_all_are_asked_for():
    assert {name for _, name in GROUPS} == {name for layer in LAYERS for name in (layer.forward, layer.backward)}


def test_groups_of_sequences_rest_on_the_steps():
    for cell, notebook in (("rnn", "3_rnn"), ("lstm", "4_lstm")):
        groups = bank.groups("hw2", notebook)
        assert groups[f"{cell}_forward"][0].needs == (f"{cell}_step_forward",)
        assert groups[f"{cell}_backward"][0].needs == (f"{cell}_step_forward", f"{cell}_step_backward")


@pytest.mark.parametrize("notebook", NOTEBOOKS)
@pytest.mark.parametrize("seed", range(5))
def test_the_courses_solution_passes_with_any_seed(notebook, seed):
    results = bank.grade("hw2", notebook, seed=seed)
    assert [test.message for tests in results.values() for test in tests if not test.passed] == []


# What scores nothing, or next to nothing


def stub(body):
    """All eight functions with one body; `args` are their arguments, `n` the number of results."""
    counts = {"step_forward": 2, "step_backward": 5, "forward": 2, "backward": 5}
    lines = ["import numpy as np"]
    for cell in ("rnn", "lstm"):
        for name, count in counts.items():
            n = count + (cell == "lstm" and "step" in name)
            lines += [f"def {cell}_{name}(*args):", f"    n = {n}", f"    {body}"]
    return "\n".join(lines)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
@pytest.mark.parametrize(
    "source",
    [
        stub("raise NotImplementedError"),
        stub("pass"),
        stub("return None"),
        stub("return (None,) * n"),
        stub("return (0,) * n"),
        stub("return np.zeros(3)"),
        "for name in [name for name in globals() if name.startswith(('rnn_', 'lstm_'))]:\n    del globals()[name]",
        "rnn_step_forward = rnn_forward = lstm_step_forward = lstm_forward = None\n"
        "rnn_step_backward = rnn_backward = lstm_step_backward = lstm_backward = 3",
    ],
    ids=["raises", "pass", "None", "Nones", "numbers", "array", "missing", "no functions"],
)
def test_every_hidden_test_fails_for_a_blank(notebook, source):
    results = bank.grade("hw2", notebook, source)
    assert [(name, test.name) for name, tests in results.items() for test in tests if test.passed] == []
    assert all(test.message for tests in results.values() for test in tests)


ZEROS = """
def zeros_forward(x, state, *others):
    if x.ndim == 3:
        return np.zeros((*x.shape[:2], state.shape[1])), (x, state, *others)
    return (np.zeros_like(state),) * (1 if len(others) == 3 else 2) + ((x, state, *others),)
def zeros_backward(*args):
    return tuple(np.zeros_like(array) for array in args[-1])
"""
SAME = """
def zeros_forward(x, state, *others):
    if x.ndim == 3:
        return np.stack([state] * len(x)), (x, state, *others)
    return (state,) + tuple(others[:len(others) - 3]) + ((x, state, *others),)
def zeros_backward(*args):
    fitting = lambda array: next((given for given in args[:-1] if given.shape == array.shape), array)
    return tuple(fitting(array) for array in args[-1])
"""
ALL = """
import numpy as np
rnn_step_forward = rnn_forward = lstm_step_forward = lstm_forward = zeros_forward
rnn_step_backward = rnn_backward = lstm_step_backward = lstm_backward = zeros_backward
"""


@pytest.mark.parametrize("notebook", NOTEBOOKS)
@pytest.mark.parametrize("source", [ZEROS + ALL, SAME + ALL], ids=["zeros", "its own input"])
def test_nothing_is_to_be_had_for_results_of_the_right_shape(notebook, source):
    results = bank.grade("hw2", notebook, source)
    assert [(name, test.name) for name, tests in results.items() for test in tests if test.passed] == []


@pytest.mark.parametrize(("notebook", "group"), GROUPS)
def test_no_single_corner_is_worth_much(notebook, group):
    tests = bank.groups("hw2", notebook)[group][0].tests
    total = sum(test.weight for test in tests)
    ordinary = [test for test in tests if test.name.startswith(("value", "gradient"))]
    assert sum(test.weight for test in ordinary) / total > 2 / 3
    for test in tests:
        assert test in ordinary or test.weight / total <= 0.05


# What a test does


class Recording:
    """Passes requests on and keeps them."""

    def __init__(self, namespace):
        self.responder = Responder(namespace)
        self.requests = []

    def __call__(self, frames):
        self.requests.append(b"|".join(bytes(frame) for frame in frames))
        return self.responder.answer(frames)

    def calls(self):
        return [request for request in self.requests if b'"call"' in request]


def recorded(test, notebook, seed=1):
    channel = Recording(bank.namespace("hw2", notebook))
    assert run_test(test, Student(channel), seed, 1.0).passed
    return channel.calls()


@pytest.mark.parametrize(("notebook", "group"), GROUPS)
def test_inputs_depend_on_the_seed_and_on_nothing_else(notebook, group):
    tests = bank.groups("hw2", notebook)[group][0].tests
    alone = [recorded(test, notebook) for test in tests]
    backwards = [recorded(test, notebook) for test in reversed(tests)][::-1]
    assert alone == backwards
    assert all(one != recorded(test, notebook, seed=2) for one, test in zip(alone, tests, strict=True))
    assert len({calls[0] for calls in alone}) == len(tests), "two tests draw the same numbers"


@pytest.mark.parametrize(("notebook", "group"), GROUPS)
def test_a_right_solution_is_called_a_few_times_only(notebook, group):
    for test in bank.groups("hw2", notebook)[group][0].tests:
        assert len(recorded(test, notebook)) <= 4


@pytest.mark.parametrize(
    "name",
    ["3_rnn/mutants/tanh_missing", "3_rnn/mutants/h0_at_every_step", "4_lstm/mutants/gates_reversed"],
)
def test_a_wrong_forward_function_costs_a_bounded_number_of_calls(name):
    entry = bank.read(bank.ROOT / "tests" / "banks" / "hw2" / f"{name}.py")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for group, _ in bank.groups("hw2", entry.notebook).values():
            for test in group.tests:
                channel = Recording(bank.namespace("hw2", entry.notebook, entry.source))
                run_test(test, Student(channel), 1, 1.0)
                assert len(channel.calls()) < 250


def test_handles_in_a_list_come_back_as_the_objects_that_they_stand_for():
    """The caches of single steps are handed to the backward function of a sequence as a list."""
    responder = Responder({"make": lambda n: {"n": n}, "add": lambda caches: sum(cache["n"] for cache in caches)})
    student = Student(responder.answer)
    handles = [student.call("make", 1), student.call("make", 2)]
    assert all(isinstance(handle, Handle) for handle in handles)
    assert student.call("add", handles) == 3


# What a student's code may return


def strange_values(like):
    shape = like.shape if isinstance(like, np.ndarray) else (2, 3)
    noise = np.random.default_rng(1).normal(size=shape)
    return [
        *(None, 0, 1e308, float("nan"), 10**500, "x", [1, 2], {}, object(), (i for i in range(3))),
        *(np.full(shape, value) for value in (np.nan, np.inf, 1e300, -1e308, 0.0)),
        *(noise, noise > 0, (9 * noise).astype(int), noise.astype("float16"), noise.astype(complex), noise.astype(str)),
        *(np.zeros(()), np.zeros((0,)), np.zeros(shape[::-1]), np.zeros((1,) * 20), np.longdouble(1)),
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_strange_results_fail_a_test_and_never_break_it(notebook, seed):
    """`run_group` raises `GraderError` if a test itself stumbles over what came back."""
    rng = random.Random(seed)
    often = rng.choice([0.02, 0.1, 0.5])

    def strange(function):
        def call(*args):
            results = function(*args)
            if rng.random() < often / 3:
                return rng.choice(strange_values(results[0]))
            return tuple(rng.choice(strange_values(r)) if rng.random() < often else r for r in results)

        return call

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        namespace = bank.namespace("hw2", notebook)
        for name in [name for name in namespace if name.startswith(("rnn_", "lstm_"))]:
            namespace[name] = strange(namespace[name])
        student = Student.in_process(namespace)
        for group, points in bank.groups("hw2", notebook).values():
            assert sum(test.points for test in run_group(group, student, seed, points)) <= points + 1e-9


def test_a_cache_too_large_to_hand_on_is_the_students_fault(monkeypatch):
    monkeypatch.setattr(wire, "MAX_BYTES", 20_000)
    body = "return np.tanh(x @ Wx + prev_h @ Wh + b), np.zeros(2450)"
    results = bank.grade("hw2", "3_rnn", f"def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    {body}\n")
    messages = " ".join(test.message for test in results["rnn_step_backward"])
    assert "too large" in messages
