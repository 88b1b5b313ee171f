"""Plain values on the wire between the grader and a kernel: one JSON header and raw buffers, never pickle.

Both sides use this module, but neither trusts the other: every field of a header is checked before it is used, and a
message has limits on its depth, its number of items and its bytes as a whole. What is not a plain value stays in the
kernel and is represented by a `Handle`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DEPTH = 8
MAX_ITEMS = 10_000
MAX_TEXT = 100_000
MAX_BYTES = 64 * 2**20
MAX_HEADER = 4 * 2**20
MAX_INT_BITS = 256
DTYPES = frozenset("|b1 |i1 |u1 <i2 <i4 <i8 <u2 <u4 <u8 <f2 <f4 <f8".split())


class WireError(ValueError):
    """A value that cannot be sent, or a message that is not one."""


@dataclass(frozen=True)
class Handle:
    """Something that stays in the kernel.

    Attributes
    ----------
    id : int
        Its number in the kernel's table.
    type : str
        The name of its type, for messages to people only.
    """

    id: int
    type: str = ""


@dataclass(frozen=True)
class Tensor:
    """An array that is a `torch.Tensor` in the kernel.

    The grader sends and receives this and need not import torch. In the kernel the responder makes tensors of what
    comes, and this of tensors that go.

    Attributes
    ----------
    array : numpy.ndarray
        Its values.
    """

    array: np.ndarray


Keep = Callable[[Any], Handle]


def dumps(value: Any, keep: Keep | None = None) -> list[bytes]:
    """Encode a value.

    Parameters
    ----------
    value : None, bool, int, float, str, list, tuple, dict with str keys, numpy.ndarray, numpy scalar, Tensor or Handle
        What to send. Arrays are sent with their memory layout (C, Fortran, or strided), which `loads` restores.
    keep : callable, optional
        Called with every object that is not a plain value; returns the handle to send in its place.

    Returns
    -------
    list of bytes
        The header as UTF-8 JSON, then the raw bytes of each array.

    Raises
    ------
    WireError
        If the value is not plain and there is no `keep`, or it is over a limit.
    """
    encoder = _Encoder(keep)
    header = json.dumps(encoder.encode(value, 0), allow_nan=False, separators=(",", ":")).encode()
    frames = [header, *encoder.buffers]
    _check_size(frames)
    return frames


def loads(frames: Sequence[bytes | memoryview]) -> Any:
    """Decode what `dumps` made. Arrays come back writable, C-contiguous unless they were sent otherwise.

    Raises
    ------
    WireError
        If the frames are not a message that `dumps` could have made.
    """
    if not frames:
        raise WireError("an empty message")
    _check_size(frames)
    header = bytes(frames[0])
    # json's scanner recurses: a header of nothing but brackets must not overflow the stack of the one who reads it.
    if header.count(b"[") + header.count(b"{") > 4 * MAX_ITEMS:
        raise WireError("too many nested items")
    try:
        tree = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise WireError("the header is not JSON") from error
    return _Decoder(frames[1:]).decode(tree, 0)


def _check_size(frames: Sequence[bytes | memoryview]) -> None:
    # As values, the header's items take many times the memory of their text.
    if memoryview(frames[0]).nbytes > MAX_HEADER:
        raise WireError(f"a message with more than {MAX_HEADER // 2**20} MiB beside its arrays")
    size = sum(memoryview(frame).nbytes for frame in frames)
    if size > MAX_BYTES:
        raise WireError(f"a message of {size / 2**20:.0f} MiB; at most {MAX_BYTES // 2**20} MiB are allowed")


class _Encoder:
    """Turns a value into a JSON tree and collects the buffers of its arrays."""

    def __init__(self, keep: Keep | None) -> None:
        self.keep = keep
        self.buffers: list[bytes] = []
        self.items = 0

    def encode(self, value: Any, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise WireError(f"a value nested deeper than {MAX_DEPTH} or of more than {MAX_ITEMS} items")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            if len(value) > MAX_TEXT:
                raise WireError(f"a text of {len(value)} characters; at most {MAX_TEXT} are allowed")
            return value
        if kind is int:
            if value.bit_length() > MAX_INT_BITS:
                raise WireError(f"an integer of {value.bit_length()} bits; at most {MAX_INT_BITS} are allowed")
            return {"k": "int", "v": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"k": "float", "v": repr(value)}
        if kind is list or kind is tuple:
            return {"k": kind.__name__, "v": [self.encode(item, depth + 1) for item in value]}
        if kind is dict and all(type(key) is str for key in value):
            pairs = [[key, self.encode(item, depth + 1)] for key, item in value.items()]
            return {"k": "dict", "v": pairs}
        if kind is Handle:
            return {"k": "handle", "id": value.id, "type": value.type[:80]}
        if kind is Tensor and value.array.dtype.newbyteorder("<").str in DTYPES:
            return {**self.encode(np.asarray(value.array, order="C"), depth), "k": "tensor"}
        if isinstance(value, (np.ndarray, np.generic)):
            array = np.asarray(value)
            dtype = array.dtype.newbyteorder("<").str
            if dtype in DTYPES:
                return self._array(array.astype(dtype, copy=False), dtype)
        if self.keep is None:
            raise WireError(f"a {kind.__name__} is not a plain value")
        return self.encode(self.keep(value), depth)

    def _array(self, array: np.ndarray, dtype: str) -> Any:
        if array.flags.c_contiguous:
            order = "C"
        elif array.flags.f_contiguous:
            order = "F"
        else:
            order = "strided"
        self.buffers.append(array.tobytes("F" if order == "F" else "C"))
        return {"k": "array", "dtype": dtype, "shape": list(array.shape), "order": order, "b": len(self.buffers) - 1}


class _Decoder:
    """Turns a JSON tree and buffers back into a value, checking every field."""

    def __init__(self, buffers: Sequence[bytes | memoryview]) -> None:
        self.buffers = buffers
        self.used = 0
        self.items = 0

    def decode(self, tree: Any, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise WireError("a value nested too deeply or of too many items")
        if tree is None or isinstance(tree, (bool, float)):
            return tree
        if isinstance(tree, str):
            if len(tree) > MAX_TEXT:
                raise WireError("a text that is too long")
            return tree
        if not isinstance(tree, dict):
            raise WireError("an untagged value")
        reader = getattr(self, f"_read_{tree.get('k')}", None) if isinstance(tree.get("k"), str) else None
        if reader is None:
            raise WireError("a value of unknown kind")
        return reader(tree, depth)

    def _read_int(self, tree: dict[str, Any], depth: int) -> int:
        text = tree.get("v")
        if not isinstance(text, str) or len(text) > MAX_INT_BITS // 4 + 3:
            raise WireError("a bad integer")
        try:
            return int(text, 16)
        except ValueError as error:
            raise WireError("a bad integer") from error

    def _read_float(self, tree: dict[str, Any], depth: int) -> float:
        if tree.get("v") not in ("nan", "inf", "-inf"):
            raise WireError("a bad float")
        return float(tree["v"])

    def _read_list(self, tree: dict[str, Any], depth: int) -> list[Any]:
        items = tree.get("v")
        if not isinstance(items, list):
            raise WireError("a bad list")
        return [self.decode(item, depth + 1) for item in items]

    def _read_tuple(self, tree: dict[str, Any], depth: int) -> tuple[Any, ...]:
        return tuple(self._read_list(tree, depth))

    def _read_dict(self, tree: dict[str, Any], depth: int) -> dict[str, Any]:
        pairs = tree.get("v")
        if not isinstance(pairs, list):
            raise WireError("a bad dict")
        result: dict[str, Any] = {}
        for pair in pairs:
            if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
                raise WireError("a bad dict")
            result[pair[0]] = self.decode(pair[1], depth + 1)
        return result

    def _read_handle(self, tree: dict[str, Any], depth: int) -> Handle:
        number, name = tree.get("id"), tree.get("type", "")
        if type(number) is not int or not 0 <= number < 2**63 or not isinstance(name, str):
            raise WireError("a bad handle")
        return Handle(number, name[:80])

    def _read_tensor(self, tree: dict[str, Any], depth: int) -> Tensor:
        return Tensor(self._read_array(tree, depth))

    def _read_array(self, tree: dict[str, Any], depth: int) -> np.ndarray:
        dtype, shape, order, index = (tree.get(key) for key in ("dtype", "shape", "order", "b"))
        if not isinstance(dtype, str) or dtype not in DTYPES or order not in ("C", "F", "strided"):
            raise WireError("an array of a type that is not sent")
        if not (isinstance(shape, list) and len(shape) <= 16 and all(type(n) is int and 0 <= n < 2**40 for n in shape)):
            raise WireError("an array with a bad shape")
        # In order, and each once: ten thousand arrays with one buffer between them would fill the memory.
        if type(index) is not int or index != self.used or index >= len(self.buffers):
            raise WireError("an array without its buffer")
        self.used += 1
        flat = memoryview(self.buffers[index])
        if math.prod(shape) * np.dtype(dtype).itemsize != flat.nbytes:
            raise WireError("an array whose buffer is not of its size")
        array = np.frombuffer(flat, dtype).reshape(shape, order="F" if order == "F" else "C")
        if order == "strided" and array.ndim:
            # Every second element of a wider array, so that code which needs contiguous memory shows itself.
            wide = np.zeros((*shape[:-1], 2 * shape[-1]), dtype)
            wide[..., ::2] = array
            return wide[..., ::2]
        return array.copy(order="F" if order == "F" else "C")
