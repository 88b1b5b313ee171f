"""PyTorch's data loaders without worker processes, whatever a notebook asks for: a confined kernel cannot start any.

`install` waits for the module that defines `DataLoader` and changes its constructor then, so PyTorch is imported only
by a notebook that wants it.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import inspect
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

MODULE = "torch.utils.data.dataloader"
NOTE = "Data is loaded in this process: worker processes are not allowed while grading."

# What has a meaning with worker processes only, and the values that a loader without them accepts.
_WITHOUT_WORKERS = {"prefetch_factor": None, "persistent_workers": False, "multiprocessing_context": None, "timeout": 0}


def install() -> None:
    """Make loaders work in the notebook's own process, now or once PyTorch's module is imported. May be repeated."""
    if MODULE in sys.modules:
        load_in_process(sys.modules[MODULE])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def load_in_process(module: ModuleType) -> None:
    """Change the `DataLoader` of `module`: `num_workers` counts as 0, and what goes with workers is left out."""
    original = module.DataLoader.__init__
    if hasattr(original, "loads_in_process"):
        return
    signature = inspect.signature(original)

    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            bound = signature.bind(self, *args, **kwargs)
        except TypeError:
            original(self, *args, **kwargs)  # a wrong call raises what it always does
            return
        workers = bound.arguments.get("num_workers", 0)
        if isinstance(workers, int) and workers > 0:
            _say_once()
            known = {name: value for name, value in _WITHOUT_WORKERS.items() if name in signature.parameters}
            bound.arguments.update(known, num_workers=0)
        original(*bound.args, **bound.kwargs)

    init.loads_in_process = True  # type: ignore[attr-defined]
    module.DataLoader.__init__ = init


@functools.cache
def _say_once() -> None:
    """To the ordinary output: a line on the error stream would look like a fault."""
    print(NOTE)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the one module as usual, and has its loader change it after it has run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """What the import system would find; None for all other modules."""
        if fullname != MODULE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            _change_after_running(spec.loader)
        return spec


def _change_after_running(loader: Any) -> None:
    run = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        run(module)
        load_in_process(module)

    loader.exec_module = exec_module
