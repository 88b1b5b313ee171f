"""The visible checks of the captioning notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from utils import siblings
from utils.captioning.bleu import Sampler, mean_bleu
from utils.checks import captioning_cases as cases
from utils.checks.calling import call, quietly
from utils.checks.captioning_cases import Array
from utils.checks.table import CheckError, Row, Table
from utils.diagnosis import describe
from utils.gradcheck import numerical_gradient

LARGE = 1e4
MESSAGES = {
    "no_mask": "steps that are masked are counted",
    "mean_over_steps": "divided by the number of steps, too: sum over the steps, average over the batch only",
    "mean_over_words": "divided by the number of words that count: average over the batch only",
    "null_counts": "<NULL> is counted as a word: the mask is where captions[:, 1:] is not <NULL>",
    "mask_of_inputs": "the mask is made of the words that go in: make it of those that are wanted, captions[:, 1:]",
    "not_shifted": "the words that are wanted are those that go in: it is captions[:, 1:] that is wanted",
    "no_picture": "the picture has no part in it: h0 is features @ W_proj + b_proj",
    "tanh_of_h0": "h0 goes through tanh: it is features @ W_proj + b_proj as it is",
    "from_null": "the first word that is fed is <NULL>: it is <START>",
    "state_lost": "each step begins with h0 again: hand the hidden state on",
    "cell_lost": "each step begins with a cell state of zero: hand it on from step to step",
    "not_fed_back": "each step is fed <START>: feed it the word of the step before",
}
"""The mistakes whose numbers are stored."""


def check_temporal_fc_forward(temporal_fc_forward: Any) -> None:
    """Check ``temporal_fc_forward(x, w, b) -> out, cache``.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    table = Table("temporal_fc_forward")
    args = cases.temporal_fc_arguments()
    answer = call("temporal_fc_forward", temporal_fc_forward, args, ("out", "cache"))
    stored = cases.stored()["temporal_fc"]
    without_bias = np.array(stored["right"]) - args["b"]
    table.compare(
        "out", answer["out"], np.array(stored["right"]), batch=2, alternatives={"the bias b is missing": without_bias}
    )
    for name, few in (("one caption", args["x"][:1]), ("one step", args["x"][:, :1])):
        expected = np.array(stored["right"])[: len(few), : few.shape[1]]
        answer = call("temporal_fc_forward", temporal_fc_forward, {**args, "x": few}, ("out", "cache"))
        table.compare(name, answer["out"], expected)
    table.finish()


def check_temporal_fc_backward(temporal_fc_backward: Any, temporal_fc_forward: Any) -> None:
    """Check ``temporal_fc_backward(dout, cache) -> dx, dw, db`` against your own forward function.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    table = Table("temporal_fc_backward")
    args = cases.temporal_fc_arguments()
    dout = np.random.RandomState(58).standard_normal((2, 3, 5))
    forward = call("temporal_fc_forward", temporal_fc_forward, args, ("out", "cache"))
    if not isinstance(forward["out"], np.ndarray) or forward["out"].shape != dout.shape:
        raise CheckError("temporal_fc_backward cannot be checked before temporal_fc_forward is right")
    names = ("dx", "dw", "db")
    answer = call("temporal_fc_backward", temporal_fc_backward, {"dout": dout, "cache": forward["cache"]}, names)
    expected = {}
    for name in names:
        expected[name] = _slope(args, name[1:], lambda given: temporal_fc_forward(**given)[0], dout)
    for name in names:
        others = {f"it is {key}: return {', '.join(names)}": expected[key] for key in names if key != name}
        table.compare(name, answer[name], expected[name], batch=2, alternatives=others)
    table.finish()


def _slope(args: Mapping[str, Array], name: str, function: Callable[[dict[str, Array]], Any], df: Any = None) -> Array:
    """The numerical gradient of a function of named arguments with respect to one of them."""
    with quietly():
        changed = np.array(args[name], dtype=np.float64)
        return numerical_gradient(lambda value: function({**args, name: value.copy()}), changed, df)


def check_temporal_softmax_loss(temporal_softmax_loss: Any) -> None:
    """Check ``temporal_softmax_loss(x, y, mask) -> loss, dx``; the gradient is measured on your own loss.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    table = Table("temporal_softmax_loss")
    args = cases.softmax_arguments()
    stored = cases.stored()["softmax"]

    def run(given: Mapping[str, Array]) -> Any:
        with np.errstate(all="ignore"):  # what overflows is told below
            return call("temporal_softmax_loss", temporal_softmax_loss, given, ("loss", "dx"))

    def loss_of(given: Mapping[str, Array]) -> Any:
        return temporal_softmax_loss(given["x"], given["y"], given["mask"])[0]

    answer = run(args)
    table.compare("loss", answer["loss"], np.array(stored["right"]), batch=3, alternatives=_mistakes(stored))
    slope = _slope(args, "x", loss_of)
    table.compare("dx", answer["dx"], slope, batch=3)
    zeros_and_ones = run({**args, "mask": args["mask"].astype(np.int64)})
    table.compare("a mask of 0 and 1: loss", zeros_and_ones["loss"], np.array(stored["right"]))
    table.compare("a mask of 0 and 1: dx", zeros_and_ones["dx"], slope)
    nothing = run({**args, "mask": np.zeros_like(args["mask"])})
    table.compare("nothing counts: loss", nothing["loss"], np.array(0.0))
    table.compare("nothing counts: dx", nothing["dx"], np.zeros_like(args["x"]))
    # By hand: where the largest score is wanted the loss is 0, elsewhere it is the difference of the two scores.
    x = np.array([[[LARGE, 0, -LARGE], [-LARGE, -LARGE, -2 * LARGE], [LARGE, 0, -LARGE]]])
    large = run({"x": x, "y": np.array([[0, 2, 2]]), "mask": np.ones((1, 3), dtype=bool)})
    table.compare("scores of ±10000: loss", large["loss"], np.array(3 * LARGE + np.log(2)))
    table.compare("scores of ±10000: dx", large["dx"], np.array([[[0.0, 0, 0], [0.5, 0.5, -1], [1, 0, -1]]]))
    table.finish()


def _mistakes(stored: Mapping[str, Any]) -> dict[str, Array]:
    return {MESSAGES[key]: np.array(value) for key, value in stored["mistakes"].items()}


def check_captioning_loss(CaptioningRNN: Any, cell_type: str) -> None:
    """Check ``CaptioningRNN.loss(features, captions) -> loss, grads`` with one kind of cell.

    The loss is compared with a stored number, the gradients with slopes that are measured on your own loss.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    table = Table(f"CaptioningRNN.loss, {cell_type}")
    model = _model(CaptioningRNN, cell_type, "loss")
    args = {"features": cases.features(), "captions": cases.CAPTIONS}
    answer = call("loss", model.loss, args, ("loss", "grads"))
    stored = cases.stored()[f"loss_{cell_type}"]
    table.compare("loss", answer["loss"], np.array(stored["right"]), batch=cases.N, alternatives=_mistakes(stored))
    grads = answer["grads"]
    if not isinstance(grads, dict):
        raise CheckError(f"loss: expected a dictionary of gradients, got {describe(grads)}")
    for name in model.params:
        if name not in grads:
            table.fault(name, "there is no gradient of that name in grads")
            continue
        gates = "fico" if cell_type == "lstm" and name in ("Wx", "Wh", "b") else None
        # Changed in place, so that the model sees it.
        expected = _slope_of_parameter(model, name, args)
        table.compare(name, grads[name], expected, batch=cases.N, gates=gates)
    padded = np.concatenate([cases.CAPTIONS, np.zeros((cases.N, 2), dtype=int)], axis=1)
    longer = call("loss", model.loss, {**args, "captions": padded}, ("loss", "grads"))
    table.compare("two more columns of <NULL>", longer["loss"], np.array(stored["right"]))
    _note_troubles(table)
    table.finish()


def _slope_of_parameter(model: Any, name: str, args: Mapping[str, Array]) -> Array:
    with quietly():
        return numerical_gradient(lambda _: model.loss(**args)[0], model.params[name])


def _model(CaptioningRNN: Any, cell_type: str, purpose: str) -> Any:
    """A small model with the parameters of the case."""
    try:
        model = CaptioningRNN(
            cases.WORD_TO_IDX,
            input_dim=cases.D,
            wordvec_dim=cases.W,
            hidden_dim=cases.H,
            cell_type=cell_type,
            dtype=np.float64,
        )
    except Exception as error:
        raise CheckError(f"CaptioningRNN cannot be made: {type(error).__name__}: {error}") from error
    for name, value in cases.parameters(cell_type, purpose).items():
        if np.shape(model.params.get(name)) != value.shape:
            raise CheckError(f"params[{name!r}]: expected shape {value.shape}, got {np.shape(model.params.get(name))}")
        model.params[name] = value
    return model


def check_captioning_sample(CaptioningRNN: Any) -> None:
    """Check ``CaptioningRNN.sample(features, max_length) -> captions`` with both kinds of cell.

    Raises
    ------
    CheckError
        If a caption is not the expected one; the text says in what way.
    """
    table = Table("CaptioningRNN.sample")
    for cell_type in ("rnn", "lstm"):
        model = _model(CaptioningRNN, cell_type, "sample")
        stored = cases.stored()[f"sample_{cell_type}"]
        for title, count in (("", cases.N), (", one picture", 1)):
            got = _sampled(model, count)
            fault = _wrong_captions(got, stored, count)
            table.rows.append(Row(cell_type + title, "wrong" if fault else "ok", message=fault or ""))
    _note_troubles(table)
    table.finish()


def _sampled(model: Any, count: int) -> Any:
    args = {"features": cases.features()[:count], "max_length": np.array(cases.LENGTH)}

    def sample(features: Array, max_length: Array) -> list[Any]:
        return [model.sample(features, max_length=int(max_length))]

    sample.__name__ = "sample"
    return call("sample", sample, args, ("captions",))["captions"]


def _wrong_captions(got: Any, stored: Mapping[str, Any], count: int) -> str | None:
    if not isinstance(got, np.ndarray) or got.ndim != 2 or got.dtype.kind not in "iuf":
        return f"expected an array of word numbers (N, max_length), got {describe(got)}"
    if len(got) != count or not 1 <= got.shape[1] <= cases.LENGTH:
        return f"expected shape ({count}, {cases.LENGTH}) or fewer columns, got {got.shape}"
    captions = cases.until_end(got.astype(int))

    def are(expected: list[list[int]]) -> bool:
        pairs = zip(captions, cases.until_end(np.array(expected[:count])), strict=True)
        return all(cases.same_caption(one, other, cases.LENGTH) for one, other in pairs)

    if are(stored["right"]):
        return None
    for key, wrong in stored["mistakes"].items():
        if are(wrong):
            return MESSAGES[key]
    return "other words than those with the highest scores"


def _note_troubles(table: Table) -> None:
    """Say which layer of another notebook could not be used."""
    for name, trouble in siblings.troubles.items():
        table.note(name, f"{trouble} in its own notebook")


def check_captioner(name: str, model: Sampler, data: dict[str, Any], goal: float) -> None:
    """Check that a trained model says of its training pictures what people have said.

    Parameters
    ----------
    name : str
        What the model is called.
    model : CaptioningRNN
    data : dict
        What it was trained on.
    goal : float
        The average BLEU-1 that is expected.

    Raises
    ------
    CheckError
        If it does not reach the goal.
    """
    table = Table(f"{name}, trained")
    score = mean_bleu(model, data, "train")
    message = f"average BLEU-1 {score:.3f}, the goal is {goal:.2f}"
    table.rows.append(Row("training captions", "ok" if score >= goal else "wrong", message=message))
    table.finish()


def check_better_captioner(better: Sampler | None, others: Mapping[str, Sampler], data: dict[str, Any]) -> None:
    """Show by how much a captioner is better on validation pictures than the best of some others.

    Parameters
    ----------
    better : object with ``sample(features)``, or None
        None if no extra credit was tried.
    others : mapping
        The models of 5.4, by name.
    data : dict
        From `load_coco_data`.
    """
    table = Table("extra credit")
    if better is None:
        table.note("5.5", "no extra credit was tried")
        table.finish()
        return
    plain = {name: mean_bleu(model, data, "val") for name, model in others.items()}
    score = mean_bleu(better, data, "val")
    best = max(plain, key=lambda name: plain[name])
    table.note("validation BLEU-1", f"{score:.3f}, {score - plain[best]:+.3f} over {best}")
    table.finish()
