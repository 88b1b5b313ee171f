"""Helpers for pictures and training: what they show, what they remember, what they refuse."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Iterator

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from utils.vision import (
    MEAN,
    STD,
    TrainingLog,
    best_of,
    denormalise,
    imshow,
    log_of,
    models,
    plot_curves,
    random_start,
    show_pictures,
    without_bars,
)


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    matplotlib.use("Agg")
    yield
    plt.close("all")


def normalised(pictures: np.ndarray) -> torch.Tensor:
    return torch.tensor(((pictures - MEAN) / STD).astype(np.float32)).movedim(-1, -3)


@pytest.mark.parametrize("shape", [(5, 7, 3), (2, 5, 7, 3), (1, 4, 5, 7, 3)])
def test_denormalise_undoes_the_normalisation(shape: tuple[int, ...]) -> None:
    pictures = np.random.default_rng(0).random(shape)
    np.testing.assert_allclose(denormalise(normalised(pictures)), pictures, atol=1e-6)


def test_denormalise_cuts_off_and_needs_no_plain_tensor() -> None:
    values = denormalise(torch.full((3, 2, 2), 9.0, dtype=torch.float16, requires_grad=True))
    assert values.shape == (2, 2, 3)
    assert np.all(values == 1)


def test_imshow_draws_into_the_current_axes() -> None:
    _, axes = plt.subplots(1, 2)
    plt.sca(axes[1])
    imshow(normalised(np.full((4, 4, 3), 0.25)), "a title")
    assert not axes[0].images
    assert axes[1].get_title() == "a title"
    np.testing.assert_allclose(axes[1].images[0].get_array(), 0.25, atol=1e-6)


@pytest.mark.parametrize(("count", "columns", "grid"), [(1, 6, (1, 1)), (6, 6, (1, 6)), (7, 3, (3, 3)), (4, 9, (1, 4))])
def test_show_pictures_makes_one_axes_for_each(count: int, columns: int, grid: tuple[int, int]) -> None:
    images = torch.zeros(count, 3, 4, 4)
    figure = show_pictures(images, [str(n) for n in range(count)], columns=columns)
    assert [axes.get_title() for axes in figure.axes] == [str(n) for n in range(count)]
    geometry = figure.axes[0].get_subplotspec()
    assert geometry is not None
    assert geometry.get_gridspec().get_geometry() == grid


def test_show_pictures_without_any() -> None:
    assert not show_pictures([]).axes


def test_show_pictures_refuses_titles_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="3 pictures and 2 titles"):
        show_pictures(torch.zeros(3, 3, 4, 4), ["a", "b"])


def logged(accuracies: list[float]) -> nn.Module:
    model = nn.Linear(2, 2)
    log = TrainingLog(model, len(accuracies))
    for accuracy in accuracies:
        log.add("train", 1.0, accuracy - 0.1)
        log.add("val", torch.tensor(0.5), torch.tensor(accuracy))
    return model


def test_a_log_is_kept_with_its_model() -> None:
    model = logged([0.5, 0.75, 0.625])
    log = log_of(model)
    assert log is not None
    assert log.losses == {"train": [1.0] * 3, "val": [0.5] * 3}
    assert log.accuracies["val"] == [0.5, 0.75, 0.625]
    assert best_of(model) == 0.75


def test_without_a_log_there_is_no_number() -> None:
    assert log_of(nn.Linear(2, 2)) is None
    assert math.isnan(best_of(nn.Linear(2, 2)))
    assert math.isnan(best_of(None))
    untrained = nn.Linear(2, 2)
    TrainingLog(untrained, 0)
    assert math.isnan(best_of(untrained))


def test_a_log_refuses_a_phase_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="expected 'train' or 'val'"):
        TrainingLog(nn.Linear(2, 2), 1).add("test", 0.0, 0.0)


def test_a_model_with_a_log_can_be_copied_and_saved() -> None:
    model = nn.Linear(2, 2)
    log = TrainingLog(model, 2)
    log.add("val", 0.3, 0.5)
    assert log_of(copy.deepcopy(model)) is log
    restored = pickle.loads(pickle.dumps(model))
    assert best_of(restored) == 0.5
    log_of(restored).add("val", 0.1, 0.75)  # type: ignore[union-attr]
    assert best_of(restored) == 0.75
    assert set(model.state_dict()) == {"weight", "bias"}


def test_the_bar_stays_silent_in_short_runs(capsys: pytest.CaptureFixture[str]) -> None:
    logged([0.5, 0.75])
    assert capsys.readouterr() == ("", "")


def test_the_bar_says_where_it_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.vision._DELAY", 0)
    logged([0.5, 0.75])
    out, err = capsys.readouterr()
    assert err == "", "what goes to the error stream looks like a fault in a notebook"
    assert "4/4" in out
    assert "val: loss 0.500, accuracy 0.750" in out


def test_checks_want_no_bars(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.vision._DELAY", 0)
    with without_bars():
        assert best_of(logged([0.5, 0.75])) == 0.75
    assert capsys.readouterr().out == ""
    logged([0.5])
    assert "2/2" in capsys.readouterr().out


def test_more_phases_than_expected_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.vision._DELAY", 0)
    log = TrainingLog(nn.Linear(2, 2), 1)
    for _ in range(5):
        log.add("train", 0.1, 0.9)


def test_curves_of_several_models(capsys: pytest.CaptureFixture[str]) -> None:
    figure = plot_curves({"one": logged([0.5, 0.75]), "other": logged([0.9]), "none": None})
    loss, accuracy = figure.axes
    assert [len(axes.lines) for axes in (loss, accuracy)] == [4, 4]
    assert accuracy.get_title() == "accuracy"
    np.testing.assert_array_equal(accuracy.lines[1].get_ydata(), [0.5, 0.75])
    legend = accuracy.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["one, train", "one, val", "other, train", "other, val"]
    assert "no curves for none" in capsys.readouterr().out


def test_the_legend_covers_no_curve() -> None:
    figure = plot_curves({"one": logged([0.9, 0.5])})
    figure.draw_without_rendering()
    accuracy = figure.axes[1]
    legend = accuracy.get_legend()
    assert legend is not None
    assert not legend.get_window_extent().overlaps(accuracy.get_window_extent())


def test_curves_of_nothing() -> None:
    assert len(plot_curves({"none": None}).axes) == 2


@pytest.mark.parametrize(
    ("arguments", "same"),
    [({"pretrained": True}, True), ({"weights": "IMAGENET1K_V1"}, True), ({}, False), ({"pretrained": False}, False)],
)
def test_models_stands_in_for_torchvisions(arguments: dict[str, object], same: bool) -> None:
    from utils.pretrained import load_backbone

    got = models.resnet18(**arguments).state_dict()  # type: ignore[arg-type]
    expected = load_backbone("resnet18").state_dict()
    assert all(torch.equal(got[name], value) for name, value in expected.items()) is same


def is_pretrained(model: nn.Module) -> bool:
    from utils.pretrained import embedded_net

    return torch.equal(model.features[0].conv.weight, embedded_net().features[0].conv.weight)  # type: ignore[union-attr,index]


def test_a_random_start_for_whoever_loads_a_network() -> None:
    from utils.pretrained import load_backbone

    with random_start():
        loaded = load_backbone("resnet18"), load_backbone("resnet18", pretrained=True), models.resnet18(pretrained=True)
    assert not any(map(is_pretrained, loaded))
    assert is_pretrained(load_backbone("resnet18"))
    assert is_pretrained(models.resnet18(weights="DEFAULT"))


def test_a_random_start_ends_with_an_exception_too() -> None:
    from utils.pretrained import load_backbone

    with pytest.raises(KeyError), random_start():
        raise KeyError
    assert is_pretrained(load_backbone("resnet18"))


def test_a_random_start_asks_for_no_weights_in_the_full_profile() -> None:
    """They need not be on this machine then."""
    from utils.pretrained import load_backbone

    with random_start():
        assert load_backbone("squeezenet1_1", profile="full").fc.out_features == 1000  # type: ignore[union-attr]
