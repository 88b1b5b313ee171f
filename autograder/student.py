"""The student's code as the hidden tests see it: functions to call by name, plain values in and out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from autograder.errors import BadReply, CodeRaised, GraderError, StudentError
from autograder.kernel import wire
from autograder.kernel.responder import Responder
from autograder.kernel.wire import Handle

Channel = Callable[[list[bytes]], Sequence[bytes]]
"""Carries the frames of a request to the student's process and brings back those of the reply."""


class Student:
    """Calls the functions of one notebook.

    Parameters
    ----------
    channel : callable
        Takes the frames of a request and returns those of the reply; raises `StudentError` if none comes back.
    source : str, optional
        The student's own code. An error message is repeated to the student only as far as its words occur in it, so
        that the message cannot carry out what the tests put in.
    """

    def __init__(self, channel: Channel, source: str = "") -> None:
        self._channel = channel
        self._source = source
        self._known: set[int] = set()
        self._forget = False

    @classmethod
    def in_process(cls, namespace: dict[str, Any], source: str = "") -> Student:
        """A student whose functions live in this very process: for instructors' own notebooks and for tests."""
        return cls(Responder(namespace).answer, source)

    def call(self, name: str, *args: Any, returns: Sequence[str] | None = None, **kwargs: Any) -> Any:
        """Call a function of the notebook.

        Parameters
        ----------
        name : str
            The function.
        *args, **kwargs
            Plain values, arrays, or handles that an earlier call returned. The student gets fresh copies.
        returns : sequence of str, optional
            Names of the values that must come back, in order; they appear in the messages.

        Returns
        -------
        object
            Plain values and arrays as they are, anything else as a `Handle`. With `returns`, a list of that length.

        Raises
        ------
        StudentError
            If the function is missing, raised, returned another number of values, or did not answer.
        """
        value = self._ask({"do": "call", "name": name, "args": list(args), "kwargs": kwargs}, name)
        return value if returns is None else self._unpack(name, value, returns)

    def method(self, on: Handle, name: str, *args: Any, returns: Sequence[str] | None = None, **kwargs: Any) -> Any:
        """Call a method of an object that stayed in the kernel, as `call` does; ``__call__`` calls the object."""
        shown = self._shown(on) if name == "__call__" else f"{self._shown(on)}.{name}"
        value = self._ask({"do": "method", "on": on, "name": name, "args": list(args), "kwargs": kwargs}, shown)
        return value if returns is None else self._unpack(shown, value, returns)

    def attribute(self, on: Handle, name: str) -> Any:
        """Read an attribute of an object that stayed in the kernel, such as ``fc.weight``."""
        return self._ask({"do": "attribute", "on": on, "name": name}, f"{self._shown(on)}.{name}")

    def variable(self, name: str) -> Any:
        """Read a global name of the notebook, such as a trained model."""
        return self._ask({"do": "variable", "name": name}, name)

    def value(self, on: Handle) -> Any:
        """All that is in a list, tuple or dictionary that stayed in the kernel."""
        return self._ask({"do": "value", "on": on}, self._shown(on))

    def probe(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a helper of the course's own inside the kernel, ``module.function`` of `autograder.kernel.probes`.

        What it reports is a claim of a process that the student controls: it may help to say what is wrong, but points
        belong on results.
        """
        return self._ask({"do": "probe", "name": name, "args": list(args), "kwargs": kwargs}, name)

    def names(self, *names: str) -> list[str]:
        """Those of `names` that the notebook defines as functions or classes."""
        found = self._ask({"do": "names", "names": list(names)}, "names")
        return [name for name in names if isinstance(found, list) and name in found]

    def forget(self) -> None:
        """Let the kernel drop everything that handles stand for, before its next call; called between tests."""
        self._known.clear()
        self._forget = True

    def _shown(self, on: Handle) -> str:
        """A name for an object in messages; its class's own, which the kernel reports, only if the source has it."""
        return on.type if on.type in _COMMON_TYPES or on.type in re.findall(r"\w+", self._source) else "object"

    def _ask(self, request: dict[str, Any], name: str) -> Any:
        self._check_handles(request)
        if self._forget:
            request, self._forget = {**request, "forget": True}, False
        try:
            frames = self._channel(wire.dumps(request))
        except StudentError as error:
            raise type(error)(f"{name}: {error}") from error
        except wire.WireError as error:
            # The tests' own arguments are small; what is too large has come from the student's code before.
            raise BadReply(f"{name}: what it is to be given, from your own functions, is too large: {error}") from error
        try:
            reply = wire.loads(frames)
        except wire.WireError as error:
            raise BadReply(f"{name} returned something that the grader cannot read: {error}") from error
        if not isinstance(reply, dict):
            raise BadReply(f"{name} did not return through the kernel in the ordinary way")
        match reply.get("status"):
            case "ok":
                self._remember(reply.get("value"))
                return reply.get("value")
            case "raised":
                raise CodeRaised(raised_message(name, reply, self._source))
            case "missing":
                raise BadReply(f"{name} is missing: define a function of that name, and run its cell without an error")
            case "unsendable":
                raise BadReply(f"{name} returned a value that is too large or too deeply nested")
            case _:
                raise BadReply(f"{name} did not return through the kernel in the ordinary way")

    def _unpack(self, name: str, value: Any, returns: Sequence[str]) -> list[Any]:
        expected = f"{len(returns)} values ({', '.join(returns)})"
        if not isinstance(value, (list, tuple)):
            raise BadReply(f"{name}: expected {expected}, got {kind_of(value)}: is a `return` missing or incomplete?")
        if len(value) != len(returns):
            raise BadReply(f"{name}: expected {expected}, got {len(value)}")
        return list(value)

    def _check_handles(self, value: Any) -> None:
        if isinstance(value, Handle) and value.id not in self._known:
            raise GraderError("a hidden test passed on a handle of another kernel or from before a `forget`")
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
            self._check_handles(item)

    def _remember(self, value: Any) -> None:
        if isinstance(value, Handle):
            self._known.add(value.id)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
            self._remember(item)


def kind_of(value: Any) -> str:
    """A value's kind, in words for a student: ``an array of shape (3, 4)``, ``None``, ``a tuple``."""
    if value is None:
        return "None"
    if hasattr(value, "shape"):
        return f"an array of shape {value.shape}"
    name = value.type if isinstance(value, Handle) else type(value).__name__
    name = name if name in _COMMON_TYPES else "object"
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


_COMMON_TYPES = frozenset("tuple list dict set int float bool str bytes function type generator ndarray Tensor".split())
_ERRORS = frozenset(
    "ArithmeticError AssertionError AttributeError EOFError FloatingPointError ImportError IndexError KeyError "
    "KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotImplementedError OSError OverflowError "
    "PermissionError RecursionError RuntimeError StopIteration SyntaxError TypeError UnboundLocalError UnicodeError "
    "ValueError ZeroDivisionError AxisError LinAlgError OutOfMemoryError".split()
)
_SHAPE = r"\(\d*(?:,\d*)*\)"
_PHRASES = [
    re.compile(pattern)
    for pattern in (
        r"name '(?P<a>\w+)' is not defined",
        r"cannot access local variable '(?P<a>\w+)' where it is not associated with a value",
        r"(?P<a>\w+)\(\) missing \d+ required (positional|keyword-only) arguments?: '\w+'(,? (and )?'\w+')*",
        r"(?P<a>\w+)\(\) takes \d+ positional arguments? but \d+ (was|were) given",
        r"(?P<a>\w+)\(\) got an unexpected keyword argument '(?P<b>\w+)'",
        rf"operands could not be broadcast together with shapes {_SHAPE}(?: {_SHAPE})+ ?",
        rf"non-broadcastable output operand with shape {_SHAPE} doesn't match the broadcast shape {_SHAPE}",
        rf"shapes {_SHAPE.replace(',', ', ?')} and {_SHAPE.replace(',', ', ?')} not aligned: "
        r"\d+ \(dim \d\) != \d+ \(dim \d\)",
        r"matmul: Input operand \d has a mismatch in its core dimension \d, with gufunc "
        r"signature [(),nmk?>-]+ \(size \d+ is different from \d+\)",
        r"cannot reshape array of size \d+ into shape \([\d, ]+\)",
        r"(not enough|too many) values to unpack \(expected \d+(, got \d+)?\)",
        r"index \d+ is out of bounds for axis \d+ with size \d+",
        r"too many indices for array: array is \d+-dimensional, but \d+ were indexed",
        r"(list|tuple|string) index out of range",
        r"'(?P<a>\w+)' object (is not (subscriptable|callable|iterable)|has no attribute '(?P<b>\w+)')",
        r"unsupported operand type\(s\) for [-+*/@%]+=?: '\w{1,12}' and '\w{1,12}'",
        r"(assignment destination|output array) is read-only",
        r"maximum recursion depth exceeded( while calling a Python object| in comparison)?",
        r"No module named '(?P<a>\w+)'",
    )
]


def raised_message(name: str, reply: dict[str, Any], source: str) -> str:
    """What to tell a student whose function raised.

    The reply is written by untrusted code that has just seen the hidden inputs, so nothing of it is repeated but the
    well-known names and phrases of Python and NumPy, with words and a line that occur in the student's own source.
    """
    fields = (reply.get(key) for key in ("type", "text", "source"))
    kind, text, line = (field if isinstance(field, str) else "" for field in fields)
    kind = kind if kind in _ERRORS else "an exception"
    if kind == "NotImplementedError":
        return f"{name} is not implemented yet (it raised NotImplementedError)"
    message = f"{name} raised {kind}"
    if any(_harmless(found, source) for found in (pattern.fullmatch(text) for pattern in _PHRASES) if found):
        message += f": {text.strip()}"
    if line and line in {own.strip() for own in source.splitlines()}:
        message += f", in the line `{line}`"
    return message


def _harmless(found: re.Match[str], source: str) -> bool:
    # Sizes are small and few; more digits could be numbers that the function was given.
    if len(found.string) > 200 or re.search(r"\d{4,}", found.string) or len(re.findall(r"\d", found.string)) > 20:
        return False
    words = [word for word in found.groupdict().values() if word]
    quoted = re.findall(r"'(\w+)'", found.string)
    own = set(re.findall(r"\w+", source)) | _COMMON_TYPES | {"NoneType"}
    return all(word in own for word in [*words, *quoted])
