"""What is given for problem 5: layers, update rules, the solver, BLEU, and smaller parts of the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
import torch

from utils.captioning import (
    BLEU_score,
    CaptioningSolver,
    adam,
    bleu_table,
    evaluate_model,
    fc_backward,
    fc_forward,
    mean_bleu,
    one_caption_each,
    plot_losses,
    sgd,
    show_captions,
    word_embedding_backward,
    word_embedding_forward,
)
from utils.gradcheck import numerical_gradient, rel_error

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "car", "dog"]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    before = np.random.get_state()
    np.random.seed(0)
    yield
    np.random.set_state(before)


# Layers


@pytest.mark.parametrize("shape", [(3, 4), (3, 2, 2), (1, 4)], ids=str)
def test_fully_connected_layer(rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    x, w, b, dout = (rng.normal(size=size) for size in (shape, (4, 5), (5,), (shape[0], 5)))
    out, cache = fc_forward(x, w, b)
    np.testing.assert_allclose(out, x.reshape(len(x), 4) @ w + b)
    dx, dw, db = fc_backward(dout, cache)
    assert rel_error(dx, numerical_gradient(lambda x: fc_forward(x, w, b)[0], x, dout)) < 1e-7
    assert rel_error(dw, numerical_gradient(lambda w: fc_forward(x, w, b)[0], w, dout)) < 1e-7
    assert rel_error(db, numerical_gradient(lambda b: fc_forward(x, w, b)[0], b, dout)) < 1e-7


@pytest.mark.parametrize(
    "x",
    [[[0, 1, 2]], [[3, 3, 3], [3, 3, 3]], [[4, 0, 4], [0, 2, 4]], [[-1, 0, 4]], np.zeros((0, 3), int), [[], []]],
    ids=["once", "one word only", "again", "from the end", "no caption", "no word"],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_embedding_adds_up_over_all_places(rng: np.random.Generator, x: Any, dtype: str) -> None:
    x = np.array(x, dtype=np.int32)
    W = rng.normal(size=(5, 3)).astype(dtype)
    out, cache = word_embedding_forward(x, W)
    np.testing.assert_array_equal(out, W[x])
    dout = rng.normal(size=out.shape).astype(dtype)
    expected = np.zeros_like(W)
    np.add.at(expected, x, dout)
    dW = word_embedding_backward(dout, cache)
    assert dW.dtype == W.dtype
    np.testing.assert_allclose(dW, expected, rtol=1e-5, atol=1e-6)


def test_float32_stays(rng: np.random.Generator) -> None:
    x, w, b = (rng.normal(size=size).astype(np.float32) for size in ((3, 4), (4, 5), (5,)))
    out, cache = fc_forward(x, w, b)
    assert {array.dtype for array in (out, *fc_backward(out, cache))} == {np.dtype("float32")}


# Update rules


def test_adam_is_torchs(rng: np.random.Generator) -> None:
    w, gradients = rng.normal(size=(3, 2)), rng.normal(size=(7, 3, 2))
    theirs = torch.nn.Parameter(torch.tensor(w))
    optimizer = torch.optim.Adam([theirs], lr=0.02, betas=(0.8, 0.95), eps=1e-6)
    config: dict[str, Any] = {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-6}
    for gradient in gradients:
        theirs.grad = torch.tensor(gradient)
        optimizer.step()
        w, config = adam(w, gradient, config)
    np.testing.assert_allclose(w, theirs.detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize("rule", [sgd, adam])
def test_update_rules_keep_dtype_and_arguments(rng: np.random.Generator, rule: Any) -> None:
    w, dw = rng.normal(size=(2, 4)).astype(np.float32)
    before = w.copy(), dw.copy()
    updated, config = rule(w, dw)
    again, _ = rule(updated, dw, config)
    assert updated.dtype == again.dtype == np.float32
    assert not np.array_equal(w, updated)
    np.testing.assert_array_equal((w, dw), before)


def test_gradient_descent() -> None:
    updated, config = sgd(np.array([1.0, 2.0]), np.array([10.0, -10.0]), {"learning_rate": 0.1})
    np.testing.assert_allclose(updated, [0.0, 3.0])
    assert config == {"learning_rate": 0.1}


# The solver


def small_data(rng: np.random.Generator, pictures: int = 6) -> dict[str, Any]:
    data: dict[str, Any] = {"idx_to_word": WORDS, "word_to_idx": {word: i for i, word in enumerate(WORDS)}}
    for split in ("train", "val"):
        captions = [[1, 4, 5, 6, 2, 0], [1, 4, 7, 2, 0, 0]]
        data[f"{split}_captions"] = np.array(captions * pictures)
        data[f"{split}_image_idxs"] = np.repeat(np.arange(pictures), 2)
        data[f"{split}_features"] = rng.normal(size=(pictures, 3)).astype(np.float32)
        data[f"{split}_urls"] = np.array([f"images/{i}.jpg" for i in range(pictures)])
    return data


class Bowl:
    """A model whose loss is the square of its parameters; notes what it is given."""

    def __init__(self) -> None:
        self.params = {"w": np.array([3.0, -4.0], dtype=np.float32), "b": np.array([1.0], dtype=np.float32)}
        self.shapes: list[tuple[tuple[int, ...], tuple[int, ...]]] = []

    def loss(self, features: np.ndarray, captions: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        self.shapes.append((features.shape, captions.shape))
        loss = sum(float((value**2).sum()) for value in self.params.values())
        return loss, {name: 2 * value for name, value in self.params.items()}


@pytest.mark.parametrize("rule", ["sgd", "adam"])
def test_the_solver_goes_downhill(rng: np.random.Generator, rule: str) -> None:
    model = Bowl()
    solver = CaptioningSolver(
        model, small_data(rng), rule, {"learning_rate": 0.1}, batch_size=4, num_epochs=30, verbose=False
    )
    solver.train()
    assert len(solver.loss_history) == 90
    assert solver.loss_history[-1] < 1e-2 * solver.loss_history[0]
    assert set(model.shapes) == {((4, 3), (4, 6))}
    assert model.params["w"].dtype == np.float32


def test_the_learning_rate_decays_and_training_goes_on(rng: np.random.Generator) -> None:
    solver = CaptioningSolver(
        Bowl(), small_data(rng), "sgd", {"learning_rate": 0.1}, 0.5, batch_size=4, num_epochs=2, verbose=False
    )
    solver.train()
    assert solver.epoch == 2
    assert {config["learning_rate"] for config in solver.optim_configs.values()} == {0.025}
    solver.train()
    assert solver.epoch == 4
    assert len(solver.loss_history) == 12


def test_what_the_solver_says(rng: np.random.Generator, capsys: pytest.CaptureFixture[str]) -> None:
    for verbose, lines in ((False, 0), (2, 3)):
        CaptioningSolver(Bowl(), small_data(rng), batch_size=4, num_epochs=2, print_every=2, verbose=verbose).train()
        assert len(capsys.readouterr().out.splitlines()) == lines


def test_the_solver_refuses(rng: np.random.Generator) -> None:
    data = small_data(rng)
    with pytest.raises(ValueError, match="no update rule 'rmsprop'; choose one of sgd, adam"):
        CaptioningSolver(Bowl(), data, "rmsprop")
    with pytest.raises(ValueError, match="no training captions"):
        CaptioningSolver(Bowl(), {**data, "train_captions": data["train_captions"][:0]})
    for grads, message in (
        ({"w": np.zeros(2)}, "no gradient for b"),
        ({"w": np.zeros(3)}, r"shape \(2,\), it has \(3,\)"),
    ):
        model = Bowl()
        model.loss = lambda features, captions, grads=grads: (1.0, grads)  # type: ignore[method-assign, misc]
        with pytest.raises(ValueError, match=message):
            CaptioningSolver(model, data, verbose=False).train()


# BLEU


@pytest.mark.parametrize(
    ("references", "said", "score"),
    [
        ("a red car", "a red car", 1.0),
        ("<START> a red car <END>", "a red car <END>", 1.0),
        ("a red car", "a a a", 1 / 3),
        ("a red car", "dog", 0.0),
        ("a red car", "", 0.0),
        ("a red car", "a red", np.exp(1 - 3 / 2)),
        (["a red car", "a dog"], "a dog car", 1.0),
        ("a <UNK> car", "a <UNK> car", 1.0),
    ],
)
def test_bleu(references: str | list[str], said: str, score: float) -> None:
    assert BLEU_score(references, said) == pytest.approx(score)


class Parrot:
    """Says the same of every picture."""

    def __init__(self, caption: list[int]) -> None:
        self.caption = caption

    def sample(self, features: np.ndarray) -> np.ndarray:
        return np.array([self.caption] * len(features))


def test_a_picture_is_compared_with_all_its_captions(
    rng: np.random.Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    data = small_data(rng)
    assert mean_bleu(Parrot([4, 7, 2]), data, "val") == 1.0
    data["train_captions"] = data["train_captions"][::2]
    data["train_image_idxs"] = data["train_image_idxs"][::2]
    scores = evaluate_model(Parrot([4, 7, 2]), data)
    assert scores["val"] == 1.0
    assert scores["train"] == pytest.approx(0.5 * np.exp(1 - 3 / 2))
    assert capsys.readouterr().out.splitlines() == [
        f"average BLEU-1 score for {split}: {scores[split]:.3f}" for split in ("train", "val")
    ]
    assert mean_bleu(Parrot([4, 7, 2]), data, "val", size=2) == 1.0


def test_one_caption_of_each_picture(rng: np.random.Generator) -> None:
    data = small_data(rng, pictures=8)
    drawn = set()
    for _ in range(10):
        small = one_caption_each(data, 5)
        assert len(small["train_captions"]) == len(set(small["train_image_idxs"])) == 5
        assert small["val_captions"] is data["val_captions"]
        drawn.add(tuple(small["train_image_idxs"]))
    assert len(drawn) > 5
    assert len(one_caption_each(data, 100)["train_captions"]) == 8


# Plots


def test_plots_and_tables(rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shown: list[str] = []
    monkeypatch.setattr(plt, "show", lambda: shown.extend(axes.get_title(loc="left") for axes in plt.gcf().axes))
    data = small_data(rng)
    (tmp_path / "images").mkdir()
    for number in range(4):  # the other pictures cannot be had
        Image.new("RGB", (8, 8)).save(tmp_path / f"images/{number}.jpg")
    plot_losses({"RNN": [3.0, 2.0, 1.0], "LSTM": [3.0, 2.5]})
    show_captions({"parrot": Parrot([4, 7, 2])}, data, "val", tmp_path, count=5)
    plt.close("all")
    captions = [text for text in shown if "people" in text]
    assert len(captions) == 5
    assert all("parrot: a dog <END>" in text for text in captions)
    table = bleu_table({"<RNN>": {"train": 1.0, "val": 0.25}, "5.5": {"val": 0.5}})
    assert repr(table).splitlines()[1].split() == ["<RNN>", "1.000", "0.250"]
    assert "&lt;RNN&gt;" in table._repr_html_()
    assert "0.500" in table._repr_html_()
