"""The numbers stored beside the visible checks, computed anew with torch's own cells."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from utils.checks.cases import case
from utils.checks.forward import MESSAGES

CASES = ["rnn_step", "rnn", "lstm_step", "lstm"]
TORCH_ORDER = "ifco"


def tensors(name):
    return {key: torch.from_numpy(value) for key, value in case(name).args.items()}


def load_weights(module, args, suffix=""):
    """Give a torch cell our weights: transposed, the gates in torch's order, and one bias instead of two."""

    def reorder(array):
        if array.shape[-1] == 4 * len(args["Wh"]):
            blocks = dict(zip("fico", array.chunk(4, dim=-1), strict=True))
            array = torch.cat([blocks[gate] for gate in TORCH_ORDER], dim=-1)
        return array

    with torch.no_grad():
        getattr(module, f"weight_ih{suffix}").copy_(reorder(args["Wx"]).T)
        getattr(module, f"weight_hh{suffix}").copy_(reorder(args["Wh"]).T)
        getattr(module, f"bias_ih{suffix}").copy_(reorder(args["b"]))
        getattr(module, f"bias_hh{suffix}").zero_()
    return module


def torch_results(name, args):
    inputs, hidden = len(args["Wx"]), len(args["Wh"])
    sizes = {"input_size": inputs, "hidden_size": hidden, "dtype": torch.float64}
    with torch.no_grad():
        match name:
            case "rnn_step":
                return {"next_h": load_weights(torch.nn.RNNCell(**sizes), args)(args["x"], args["prev_h"])}
            case "rnn":
                return {"h": load_weights(torch.nn.RNN(**sizes), args, "_l0")(args["x"], args["h0"][None])[0]}
            case "lstm_step":
                cell = load_weights(torch.nn.LSTMCell(**sizes), args)
                return dict(zip(("next_h", "next_c"), cell(args["x"], (args["prev_h"], args["prev_c"])), strict=True))
            case _:
                start = (args["h0"][None], torch.zeros_like(args["h0"])[None])
                return {"h": load_weights(torch.nn.LSTM(**sizes), args, "_l0")(args["x"], start)[0]}


@pytest.mark.parametrize("name", CASES)
def test_right_numbers_are_those_of_torch(name):
    results = torch_results(name, tensors(name))
    assert results.keys() == case(name).expected.keys()
    for key, value in results.items():
        assert np.allclose(value.numpy(), case(name).expected[key], rtol=1e-10, atol=1e-11)


LEFT_OUT = [("no_b", "b"), ("no_prev_h", "prev_h"), ("no_x", "x"), ("h0_ignored", "h0")]


@pytest.mark.parametrize(("key", "argument"), LEFT_OUT)
@pytest.mark.parametrize("name", CASES)
def test_numbers_of_mistakes_that_leave_something_out(name, key, argument):
    stored = case(name).mistakes
    if key not in stored:
        assert argument not in case(name).args or key in ("no_b", "no_x")
        return
    args = tensors(name)
    results = torch_results(name, {**args, argument: torch.zeros_like(args[argument])})
    for result, value in results.items():
        assert np.allclose(value.numpy(), stored[key][result], rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", CASES)
def test_mistakes_differ_from_the_right_numbers_and_from_each_other(name):
    given = case(name)
    versions = [given.expected, *given.mistakes.values()]
    for index, one in enumerate(versions):
        for other in versions[index + 1 :]:
            assert max(np.abs(one[result] - other[result]).max() for result in given.expected) > 1e-2
    assert set(given.mistakes) <= set(MESSAGES)


@pytest.mark.parametrize("name", CASES)
def test_sizes_all_differ(name):
    given = case(name)
    sizes = [given.batch, given.steps, *given.args["Wx"].shape, given.args["Wh"].shape[0]]
    sizes = sizes[:-1] if given.gates is None else sizes
    assert len(sizes) == len(set(sizes))


def test_a_case_is_made_anew_each_time():
    case("rnn").args["x"][:] = 0
    assert case("rnn").args["x"].all()
