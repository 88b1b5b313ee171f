"""Helpers of style transfer: pictures in and out, the layers, what a log remembers and shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import PIL.Image
import pytest
import torch
from torch import nn

from utils.data import load_styles
from utils.settings import settings_for
from utils.style import TransferLog, deprocess, describe_layers, extract_features, preprocess, show_images


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    matplotlib.use("Agg")
    yield
    plt.close("all")


def picture(height: int, width: int) -> PIL.Image.Image:
    return PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8))


@pytest.mark.parametrize(
    ("size", "wanted", "shape"), [((40, 60), 20, (20, 30)), ((60, 40), 20, (30, 20)), ((8, 8), 16, (16, 16))]
)
def test_preprocess_scales_the_shorter_side(size: tuple[int, int], wanted: int, shape: tuple[int, int]) -> None:
    tensor = preprocess(picture(*size), size=wanted)
    assert tensor.shape == (1, 3, *shape)
    assert tensor.dtype == torch.float32


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_preprocess_takes_any_kind_of_picture(mode: str) -> None:
    assert preprocess(picture(10, 12).convert(mode), size=10).shape == (1, 3, 10, 12)


def test_preprocess_normalises() -> None:
    white = preprocess(PIL.Image.new("RGB", (4, 4), "white"), size=4)
    expected = (1 - np.array((0.485, 0.456, 0.406))) / (0.229, 0.224, 0.225)
    np.testing.assert_allclose(white[0, :, 0, 0].numpy(), expected, atol=1e-5)


def test_deprocess_undoes_it_up_to_brightness() -> None:
    pixels = np.asarray(picture(12, 15)).copy()
    pixels[0, 0] = 0
    pixels[0, 1] = 255
    there_and_back = np.asarray(deprocess(preprocess(PIL.Image.fromarray(pixels), size=12)))
    assert np.abs(there_and_back.astype(int) - pixels.astype(int)).max() <= 1


def test_deprocess_takes_one_picture_with_or_without_a_batch_axis() -> None:
    img = torch.randn(1, 3, 5, 7, requires_grad=True)
    assert deprocess(img).size == deprocess(img[0]).size == (7, 5)
    assert deprocess(torch.zeros(1, 3, 2, 2)).size == (2, 2), "one even colour has no range to stretch"
    for shape in ((2, 3, 4, 4), (1, 1, 4, 4), (4, 4)):
        with pytest.raises(ValueError, match=r"expected one picture of shape \(1, 3, H, W\)"):
            deprocess(torch.zeros(shape))


def test_extract_features_returns_every_layer_in_order() -> None:
    relu = nn.ReLU()
    cnn = nn.Sequential(nn.Conv2d(3, 4, 3), relu, nn.Conv2d(4, 2, 1), relu)
    x = torch.randn(1, 3, 6, 7)
    features = extract_features(x, cnn)
    assert [tuple(feature.shape) for feature in features] == [(1, 4, 4, 5)] * 2 + [(1, 2, 4, 5)] * 2
    assert torch.equal(features[-1], cnn(x))


def test_describe_layers(capsys: pytest.CaptureFixture[str]) -> None:
    cnn = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    describe_layers(extract_features(torch.zeros(1, 3, 5, 6), cnn), cnn)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [
        ["layer", "0", "Conv2d", "(1,", "4,", "3,", "4)"],
        ["layer", "1", "ReLU", "(1,", "4,", "3,", "4)"],
    ]


def logged(iterations: int = 20, made: int | None = None) -> TransferLog:
    log = TransferLog(torch.zeros(1, 3, 6, 8), torch.ones(1, 3, 4, 4), iterations)
    for t in range(iterations if made is None else made):
        log.add(torch.full((1, 3, 6, 8), float(t)), torch.tensor(1.0 + t, requires_grad=True), np.float32(2.0), 0)
    return log


def test_a_log_keeps_losses_and_snapshots() -> None:
    log = logged()
    assert log.losses["content"] == [1.0 + t for t in range(20)]
    assert log.losses["tv"] == [0.0] * 20
    assert log.total == [3.0 + t for t in range(20)]
    assert sorted(log.snapshots) == [0, 1, 4, 10, 18, 19]
    assert log.snapshots[10][0, 0, 0, 0] == 10


def test_a_snapshot_is_a_copy() -> None:
    log = TransferLog(torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2), 1)
    img = torch.ones(1, 3, 2, 2)
    log.add(img, 1.0, 1.0, 1.0)
    img.zero_()
    assert log.snapshots[0].sum() == 12


def test_a_log_shows_pictures_and_curves() -> None:
    figure = logged().show()
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:4] == ["content", "style", "result", "loss"]
    assert titles[4:] == [f"iteration {t}" for t in (0, 1, 4, 10, 18, 19)]
    curve = figure.axes[3]
    assert [line.get_label() for line in curve.lines] == ["content", "style", "total"], "tv is zero"
    assert all(len(axes.images) == 1 for axes in figure.axes if axes is not curve)


@pytest.mark.parametrize("made", [0, 1, 3, 25])
def test_a_run_that_ended_early_or_late_can_be_shown(made: int) -> None:
    assert logged(20, made).show().axes


def test_the_bar_is_silent_in_short_runs_and_no_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged()
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("utils.style._DELAY", 0)
    logged()
    out, err = capsys.readouterr()
    assert err == "", "what goes to the error stream looks like a fault in a notebook"
    assert "20/20" in out
    assert "loss 22" in out


def test_show_images_takes_pictures_of_all_kinds_and_leaves_out_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    images = {
        "tensor": torch.zeros(1, 3, 4, 5),
        "plain": torch.zeros(3, 4, 5),
        "PIL": picture(4, 4),
        "array": np.zeros((4, 4, 3)),
        "nothing": None,
        "curve": [1.0, 2.0],
    }
    figure = show_images(images, columns=3)
    assert [axes.get_title() for axes in figure.axes] == ["tensor", "plain", "PIL", "array"]
    out = capsys.readouterr().out
    assert "no picture for nothing: does style_transfer return the final image?" in out
    assert "no picture for curve" in out
    assert not show_images({}).axes


@pytest.mark.parametrize("profile", ["smoke", "full"])
def test_the_runs_of_the_settings_fit_together(profile: str) -> None:
    runs = settings_for("2_style_transfer", profile).runs
    assert len(runs) == 3
    for run in runs:
        assert len(run.style_layers) == len(run.style_weights) == len(set(run.style_layers))
        assert max(*run.style_layers, run.content_layer) <= 7
    names = {name for run in runs for name in (run.content, run.style)}
    if profile == "smoke":
        assert names <= set(load_styles("smoke"))


@pytest.mark.real_data
def test_the_homeworks_pictures(real_data: Path) -> None:
    files = load_styles("full")
    runs = settings_for("2_style_transfer", "full").runs
    assert {name for run in runs for name in (run.content, run.style)} == set(files)
    with PIL.Image.open(files["tubingen"]) as opened:
        assert preprocess(opened, size=192).shape == (1, 3, 192, 256)
