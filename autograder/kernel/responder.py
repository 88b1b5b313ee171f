"""Answers the grader's calls inside the student's process.

A request names a function of the notebook and carries plain arguments; the reply carries plain values, or says what
was raised. Everything here runs next to untrusted code, so nothing that it reports is more than a claim.
"""

from __future__ import annotations

import importlib
import linecache
import sys
import traceback
from typing import Any

from autograder.kernel import wire
from autograder.kernel.wire import Handle


class Responder:
    """Calls the functions of one notebook and keeps what cannot be sent.

    Parameters
    ----------
    namespace : dict
        The notebook's global names, looked up anew at each call.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.kept: dict[int, Any] = {}

    def answer(self, frames: list[bytes]) -> list[bytes]:
        """Carry out one request and return the frames of its reply; never raises anything."""
        try:
            request = wire.loads(frames)
            if request.get("forget"):
                self.kept.clear()
            result = getattr(self, f"_do_{request['do']}")(request)
            return wire.dumps({"status": "ok", "value": result}, self._keep)
        except BaseException as error:  # SystemExit too: it would end the kernel, and with it the other tests
            return failure(error)

    def _do_call(self, request: dict[str, Any]) -> Any:
        """Call a function; the items of a tuple or list that it returns travel on their own, whatever they are."""
        return self._carry_out(self._find(request["name"]), request)

    def _do_method(self, request: dict[str, Any]) -> Any:
        """Call a method of an object that was kept; ``__call__`` calls the object itself."""
        return self._carry_out(getattr(self._restore(request["on"]), request["name"]), request)

    def _do_attribute(self, request: dict[str, Any]) -> Any:
        """Read an attribute of an object that was kept; dots lead to attributes of attributes."""
        value = self._restore(request["on"])
        for name in request["name"].split("."):
            value = getattr(value, name)
        return self._outer(value)

    def _do_variable(self, request: dict[str, Any]) -> Any:
        """Read a global name of the notebook."""
        if request["name"] not in self.namespace:
            raise MissingName(f"{request['name']} is not defined")
        return self._outer(self.namespace[request["name"]])

    def _do_value(self, request: dict[str, Any]) -> Any:
        """Send a container that was kept, with all that is in it."""
        return self._plain(self._restore(request["on"]))

    def _do_probe(self, request: dict[str, Any]) -> Any:
        """Call one of the course's own helpers, ``module.function`` below `autograder.kernel.probes`."""
        module, _, function = request["name"].partition(".")
        return self._carry_out(
            getattr(importlib.import_module(f"autograder.kernel.probes.{module}"), function), request
        )

    def _do_names(self, request: dict[str, Any]) -> list[str]:
        """Which of some names exist and can be called."""
        return [name for name in request["names"] if callable(self.namespace.get(name))]

    def _find(self, name: str) -> Any:
        if name not in self.namespace:
            raise MissingName(f"{name} is not defined")
        if not callable(self.namespace[name]):
            raise MissingName(f"{name} is not a function")
        return self.namespace[name]

    def _carry_out(self, function: Any, request: dict[str, Any]) -> Any:
        args = [self._restore(arg) for arg in request["args"]]
        kwargs = {key: self._restore(arg) for key, arg in request["kwargs"].items()}
        return self._outer(function(*args, **kwargs))

    def _outer(self, value: Any) -> Any:
        if isinstance(value, (tuple, list)) and len(value) <= 64:
            items = [self._item(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        return self._item(value)

    def _item(self, value: Any) -> Any:
        """Arrays, numbers and texts are sent; a container stays, so that a cache comes back as the object it was."""
        if type(value) in (tuple, list, dict, set):
            return self._keep(value)
        return _sendable(value)

    def _plain(self, value: Any) -> Any:
        if type(value) in (tuple, list):
            return type(value)(self._plain(item) for item in value)
        if type(value) is dict:
            return {key: self._plain(item) for key, item in value.items()}
        return _sendable(value)

    def _keep(self, value: Any) -> Handle:
        number = len(self.kept) + 1
        self.kept[number] = value
        return Handle(number, type(value).__name__)

    def _restore(self, value: Any) -> Any:
        if isinstance(value, Handle):
            if value.id not in self.kept:
                raise wire.WireError("a handle that this kernel did not give out")
            return self.kept[value.id]
        if isinstance(value, wire.Tensor):
            import torch

            return torch.from_numpy(value.array)
        if type(value) in (list, tuple):
            return type(value)(self._restore(item) for item in value)
        return value


def _sendable(value: Any) -> Any:
    """A tensor in the form in which it travels; anything else as it is. Does not import torch by itself."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        plain = value.detach().cpu()
        return wire.Tensor((plain.float() if plain.dtype == torch.bfloat16 else plain).numpy())
    return value


class MissingName(Exception):
    """A function that the grader asks for is not there."""


def failure(error: BaseException) -> list[bytes]:
    """The reply that says what was raised; an exception may be made so that looking at it raises again."""
    try:
        known: dict[type[BaseException], str] = {wire.WireError: "unsendable", MissingName: "missing"}
        status = known.get(type(error), "raised")
        return wire.dumps({"status": status, **describe(error)})
    except BaseException:
        return wire.dumps({"status": "raised"})


def describe(error: BaseException) -> dict[str, Any]:
    """What was raised and in which line of the notebook, as plain values.

    Returns
    -------
    dict
        ``type`` (class name), ``text`` (the message, cut), ``function`` and ``source`` (the last line
        of notebook code).
    """
    where, source = "", ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "ipykernel" in frame.filename or frame.filename.startswith("<"):
            where = frame.name
            source = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
    try:
        text = str(error)[:500]
    except Exception:  # a student's exception class may refuse to be printed
        text = ""
    return {"type": type(error).__name__[:80], "text": text, "function": where[:80], "source": source[:200]}
