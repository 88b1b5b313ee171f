"""Where data are looked for, in which order, and what is said when they are not there."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from utils import data as loaders
from utils.data.errors import DataDamaged, DataMissing, MirrorMissing, UnknownData
from utils.data.registry import DATA_SETS, DataSet, Part, data_set
from utils.data.store import MARKER, State, cache_dir, find, how_to_get, locate, torch_checkpoints, write_marker

TINY = DataSet(
    name="tiny",
    title="Tiny data",
    folder="tiny_data",
    downloads=(),
    parts=(Part("a.txt"), Part("pictures/*.jpg", 2), Part("extra.txt", required=False)),
    size=100,
    licence="none",
    notebooks=(),
    stand_ins=("tiny_other",),
)


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATA_SETS, "tiny", TINY)


def fill(folder: Path, pictures: int = 2) -> Path:
    (folder / "pictures").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    for number in range(pictures):
        (folder / "pictures" / f"{number}.jpg").write_bytes(b"jpg")
    return folder


def test_every_entry_of_the_registry_is_whole() -> None:
    for name, data in DATA_SETS.items():
        if name == "tiny":
            continue
        assert data.name == name
        assert data.downloads
        assert data.size > 0
        assert all(download.url.startswith("https://") for download in data.downloads)
        assert all(len(download.sha256 or "0" * 64) == 64 for download in data.downloads)
        assert data.parts or data.kind == "weights"


def test_unknown_name_says_which_there_are() -> None:
    with pytest.raises(
        UnknownData, match=r"no data set is called 'sentimant'. Did you mean sentiment\? There are: hymeno"
    ):
        data_set("sentimant")


def test_missing_data_say_how_to_get_them(cache: Path) -> None:
    with pytest.raises(DataMissing) as problem:
        find("hymenoptera")
    text = str(problem.value)
    assert "course data fetch hymenoptera" in text
    assert "https://download.pytorch.org/tutorial/hymenoptera_data.zip" in text
    assert str(cache / "downloads" / "hymenoptera") in text
    assert "COURSE_DATA_MIRROR" in text
    assert "smoke" in text
    assert str(torch_checkpoints()) in how_to_get(DATA_SETS["resnet18"])


def test_mirror_comes_before_cache(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_marker(fill(cache / "tiny_data"))
    assert find("tiny") == cache / "tiny_data"
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path / "mirror"))
    fill(tmp_path / "mirror" / "tiny_data")
    assert find("tiny") == tmp_path / "mirror" / "tiny_data"
    assert locate("tiny").origin == "mirror"


def test_a_mirror_without_the_data_set_leaves_it_to_the_cache(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path / "mirror"))
    write_marker(fill(cache / "tiny_data"))
    assert locate("tiny").origin == "cache"


def test_a_stand_in_is_taken_if_the_data_set_itself_is_not_there(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path))
    fill(tmp_path / "tiny_other")
    assert find("tiny") == tmp_path / "tiny_other"
    fill(tmp_path / "tiny_data")
    assert find("tiny") == tmp_path / "tiny_data"


def test_a_mirror_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path / "unmounted"))
    with pytest.raises(MirrorMissing, match=r"there is no such folder. Set it to .* unset it to use the cache"):
        find("tiny")


def test_half_a_mirror_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path))
    fill(tmp_path / "tiny_data", pictures=1)
    with pytest.raises(DataDamaged, match=r"lacks 1 of 2 pictures/\*.jpg. Complete the mirror"):
        find("tiny")


def test_a_folder_without_marker_is_not_used(cache: Path) -> None:
    fill(cache / "tiny_data")
    with pytest.raises(DataDamaged, match=r"not made by `course data fetch`.*course data verify tiny"):
        find("tiny")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": 3}', '{"files": {"a.txt": {}}}'])
def test_an_unreadable_marker_is_no_marker(cache: Path, content: str) -> None:
    (fill(cache / "tiny_data") / MARKER).write_text(content)
    assert locate("tiny").state is State.INCOMPLETE


def test_a_file_that_went_or_shrank_is_noticed(cache: Path) -> None:
    folder = fill(cache / "tiny_data")
    (folder / "a.txt").write_text("whole")
    write_marker(folder)
    (folder / "a.txt").write_text("who")
    with pytest.raises(DataDamaged, match=r"a.txt is missing or has changed. Delete .* course data fetch tiny"):
        find("tiny")
    (folder / "a.txt").unlink()
    assert locate("tiny").state is State.INCOMPLETE


def test_the_marker_lists_sizes_and_hashes(cache: Path) -> None:
    folder = fill(cache / "tiny_data")
    write_marker(folder)
    files = json.loads((folder / MARKER).read_text())["files"]
    assert sorted(files) == ["a.txt", "pictures/0.jpg", "pictures/1.jpg"]
    assert files["pictures/0.jpg"]["size"] == 3


def test_the_cache_has_a_usual_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_DATA_DIR")
    assert cache_dir().name == "deep-learning-homework"
    monkeypatch.setenv("COURSE_DATA_DIR", "~/data")
    assert cache_dir() == Path("~/data").expanduser()


@pytest.mark.parametrize("home", [None, "~/torch-home", "/somewhere/else"])
def test_weights_are_where_torch_keeps_them(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.delenv("TORCH_HOME", raising=False)
    if home:
        monkeypatch.setenv("TORCH_HOME", home)
    assert torch_checkpoints() == Path(torch.hub.get_dir()) / "checkpoints"


def test_damaged_weights_are_not_used(cache: Path) -> None:
    torch_checkpoints().mkdir(parents=True)
    (torch_checkpoints() / "resnet18-f37072fd.pth").write_bytes(b"half of it")
    with pytest.raises(DataDamaged, match="cut short or changed"):
        find("resnet18")


def test_weights_of_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path))
    (tmp_path / "squeezenet1_0.pth").write_bytes(b"weights")
    assert find("squeezenet1_0") == tmp_path / "squeezenet1_0.pth"
    # Under torchvision's own name the hash is known.
    (tmp_path / "resnet18-f37072fd.pth").write_bytes(b"half of it")
    with pytest.raises(DataDamaged, match=r"f37072fd.pth is cut short or changed. Complete the mirror, or unset"):
        find("resnet18")


@pytest.mark.real_data
def test_the_real_data_are_found(real_data: Path) -> None:
    for name in ("hymenoptera", "styles", "coco_captioning", "sentiment", "glove_6b", "squeezenet1_0"):
        assert find(name).is_relative_to(real_data)


def test_every_loader_is_found_where_it_is_said_to_be() -> None:
    named = [name for names in loaders._HOMES.values() for name in names]
    assert sorted(named) == sorted(loaders.__all__) == dir(loaders)
    for home, names in loaders._HOMES.items():
        for name in names:
            assert getattr(loaders, name) is getattr(importlib.import_module(f"utils.data.{home}"), name)
    with pytest.raises(AttributeError, match="no attribute 'load_nothing'"):
        loaders.load_nothing  # noqa: B018
