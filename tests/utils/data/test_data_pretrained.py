"""Backbones: the same two handles in both profiles, and weights of the right size."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision import models

from utils.data.errors import DataDamaged, DataMissing
from utils.pretrained import BACKBONES, EmbeddedNet, embedded_net, load_backbone
from utils.pretrained.backbone import SqueezeNetWithFc
from utils.pretrained.shapes import CATEGORIES
from utils.pretrained.weights import WEIGHTS, read_weights, save_weights


def test_the_weights_are_small_and_complete() -> None:
    assert WEIGHTS.stat().st_size <= 2 * 2**20
    state, categories = read_weights()
    assert categories == CATEGORIES
    assert not {"ant", "bee", "insect"} & {word for name in categories for word in name.replace(",", "").split()}
    own = EmbeddedNet(len(categories)).state_dict()
    assert set(state) == {name for name in own if not name.endswith("num_batches_tracked")}
    assert all(torch.isfinite(value).all() for value in state.values())


def test_weights_survive_writing_and_reading(tmp_path: Path) -> None:
    save_weights(embedded_net(), CATEGORIES, tmp_path / "weights.npz")
    again, _ = read_weights(tmp_path / "weights.npz")
    for name, value in read_weights()[0].items():
        assert torch.equal(value, again[name])


@pytest.mark.parametrize("name", BACKBONES)
def test_smoke_profile_has_the_embedded_network(name: str) -> None:
    net = load_backbone(name, profile="smoke")
    assert isinstance(net, EmbeddedNet)
    assert not net.training
    assert isinstance(net.fc, nn.Linear)
    assert net(torch.zeros(2, 3, 64, 64)).shape == (2, net.fc.out_features)


def test_random_weights_differ() -> None:
    torch.manual_seed(0)
    trained, random = embedded_net(), embedded_net(pretrained=False)
    assert not torch.equal(trained.fc.weight, random.fc.weight)


def test_layers_are_numbered_as_in_squeezenet() -> None:
    mine = embedded_net().features
    theirs = models.squeezenet1_1(weights=None).features
    alike = {nn.Sequential: nn.Conv2d, nn.ReLU: nn.ReLU, nn.MaxPool2d: nn.MaxPool2d}
    for number, (module, other) in enumerate(zip(mine, theirs, strict=False)):
        expected = alike.get(type(module))
        assert isinstance(other, expected or models.squeezenet.Fire), number


def test_style_transfer_can_use_it() -> None:
    picture = torch.rand(1, 3, 96, 96, requires_grad=True)
    x, layers = picture, []
    for module in load_backbone("squeezenet1_1", profile="smoke").features:
        x = module(x)
        layers.append(x)
    sum(layer.square().mean() for layer in layers).backward()
    assert picture.grad is not None
    assert torch.isfinite(picture.grad).all()
    assert [layer.shape[2] for layer in layers] == [48, 48, 24, 24, 24, 12, 12, 12, 6, 6, 6]


def test_squeezenet_with_fc_scores_as_torchvision_does() -> None:
    torch.manual_seed(0)
    original = models.squeezenet1_1(weights=None).eval()
    mine = SqueezeNetWithFc(original).eval()
    original.classifier[2] = nn.Identity()
    x = torch.randn(2, 3, 96, 96)
    torch.testing.assert_close(mine(x), original(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", BACKBONES)
def test_full_profile_without_weights(name: str, cache: Path) -> None:
    with pytest.raises(DataMissing, match=f"course data fetch {name}"):
        load_backbone(name, profile="full")
    net = load_backbone(name, pretrained=False, profile="full")
    assert isinstance(net.fc, nn.Linear)
    assert net.fc.out_features == 1000


def test_full_profile_takes_torchvisions_own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from utils.data import store

    folder = store.torch_checkpoints()
    folder.mkdir(parents=True)
    state = models.squeezenet1_1(weights=None).state_dict()
    torch.save(state, folder / "squeezenet1_1-b8a52dc0.pth")
    monkeypatch.setattr(store, "hash_in_name", lambda name: "")
    net = load_backbone("squeezenet1_1", profile="full")
    assert torch.equal(net.features[0].weight, state["features.0.weight"])


@pytest.mark.parametrize("kept", ["half", "nothing", "a page", "another network"])
def test_weights_that_cannot_be_read(kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path))
    path = tmp_path / "squeezenet1_1.pth"
    torch.save(models.squeezenet1_1(weights=None).state_dict(), path)
    whole = path.read_bytes()
    if kept == "another network":
        torch.save(EmbeddedNet(2).state_dict(), path)
    else:
        path.write_bytes({"half": whole[: len(whole) // 2], "nothing": b"", "a page": b"<html>moved</html>"}[kept])
    with pytest.raises(DataDamaged, match=r"holds no weights of squeezenet1_1: it is cut short, or another network's"):
        load_backbone("squeezenet1_1", profile="full")


def test_unknown_backbone() -> None:
    with pytest.raises(ValueError, match=r"no backbone is called 'vgg'; there are resnet18"):
        load_backbone("vgg")


@pytest.mark.real_data
def test_real_weights(real_data: Path) -> None:
    net = load_backbone("squeezenet1_0", profile="full")
    with torch.no_grad():
        assert net(torch.zeros(1, 3, 224, 224)).shape == (1, 1000)
