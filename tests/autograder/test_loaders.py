"""Data loaders without worker processes."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.kernel import loaders

ROOT = Path(__file__).resolve().parents[2]


class FakeLoader:
    """With the arguments of PyTorch's, and its rules for loaders without workers."""

    def __init__(
        self, dataset, batch_size=1, shuffle=None, num_workers=0, timeout=0, *, prefetch_factor=None,
        persistent_workers=False, multiprocessing_context=None,
    ):  # fmt: skip
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative")
        if num_workers == 0 and (prefetch_factor is not None or persistent_workers or multiprocessing_context):
            raise ValueError("needs num_workers > 0")
        self.given = (dataset, batch_size, num_workers, timeout, prefetch_factor, persistent_workers)


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> type[FakeLoader]:
    loaders._say_once.cache_clear()
    monkeypatch.setattr(FakeLoader, "__init__", FakeLoader.__init__)
    loaders.load_in_process(SimpleNamespace(DataLoader=FakeLoader))
    return FakeLoader


@pytest.mark.parametrize(
    ("args", "kwargs", "given"),
    [
        (("d",), {}, ("d", 1, 0, 0, None, False)),
        (("d",), {"num_workers": 2}, ("d", 1, 0, 0, None, False)),
        (("d", 8, True, 4), {}, ("d", 8, 0, 0, None, False)),
        (("d",), {"num_workers": 2, "prefetch_factor": 4, "persistent_workers": True}, ("d", 1, 0, 0, None, False)),
        (("d",), {"num_workers": 2, "timeout": 5, "multiprocessing_context": "fork"}, ("d", 1, 0, 0, None, False)),
        (("d",), {"batch_size": 3}, ("d", 3, 0, 0, None, False)),
    ],
)
def test_loads_in_process(changed: type[FakeLoader], args: tuple, kwargs: dict, given: tuple):
    assert changed(*args, **kwargs).given == given


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"num_workers": -1}, ValueError),
        ({"prefetch_factor": 2}, ValueError),
        ({"num_worker": 2}, TypeError),
        ({"num_workers": "2"}, TypeError),
    ],
)
def test_wrong_calls_raise_as_they_always_do(changed: type[FakeLoader], kwargs: dict, error: type[Exception]):
    with pytest.raises(error):
        changed("d", **kwargs)


def test_says_so_once(changed: type[FakeLoader], capsys: pytest.CaptureFixture[str]):
    for _ in range(3):
        changed("d", num_workers=2)
    assert capsys.readouterr().out == loaders.NOTE + "\n"


def test_says_nothing_where_no_workers_were_asked_for(changed: type[FakeLoader], capsys: pytest.CaptureFixture[str]):
    changed("d")
    assert capsys.readouterr().out == ""


def test_is_changed_only_once(changed: type[FakeLoader]):
    before = changed.__init__
    loaders.load_in_process(SimpleNamespace(DataLoader=changed))
    assert changed.__init__ is before


def python(code: str) -> str:
    argv = [sys.executable, "-W", "error::RuntimeWarning", "-c", textwrap.dedent(code)]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout


def test_waits_for_pytorch_and_does_not_import_it(tmp_path: Path):
    """With a small package of the same name in its place."""
    package = tmp_path / "torch" / "utils" / "data"
    package.mkdir(parents=True)
    for folder in (package, package.parent, package.parent.parent):
        (folder / "__init__.py").write_text("")
    source = "class DataLoader:\n    def __init__(self, num_workers=0):\n        self.n = num_workers\n"
    (package / "dataloader.py").write_text(source)
    code = f"""
    import sys
    sys.path.insert(0, {str(tmp_path)!r})
    from autograder.kernel import loaders
    loaders.install(); loaders.install()
    print(len([f for f in sys.meta_path if type(f).__name__ == "_Finder"]), "torch" in sys.modules)
    import torch.utils.data.dataloader as module
    print(module.__file__ == {str(package / "dataloader.py")!r}, module.__spec__.name)
    print(module.DataLoader(num_workers=3).n)
    """
    first, second, note, workers = python(code).splitlines()
    assert (first, second, note, workers) == ("1 False", f"True {loaders.MODULE}", loaders.NOTE, "0")


def test_with_pytorch():
    code = """
    from autograder.kernel import loaders
    loaders.install()
    import torch
    from torch.utils.data import DataLoader, TensorDataset
    data = TensorDataset(torch.arange(10))
    for extra in ({}, {"prefetch_factor": 2, "persistent_workers": True}, {"timeout": 3}):
        loader = DataLoader(data, batch_size=4, num_workers=2, **extra)
        print(loader.num_workers, [len(batch[0]) for batch in loader], isinstance(loader, DataLoader))
    class Own(DataLoader):
        pass
    print(len(list(Own(data, num_workers=2))))
    """
    assert python(code).splitlines() == [loaders.NOTE, *["0 [4, 4, 2] True"] * 3, "10"]
