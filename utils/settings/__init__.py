"""What a notebook runs with in each profile: data set, epochs, batch size, learning rate, sizes.

Each notebook has one file here, ``<notebook>.toml``, with a table for ``smoke`` and one for ``full`` that hold the
same names. A notebook reads ``settings.epochs``, or ``settings.lstm.epochs`` where its parts differ, and so looks the
same in both.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

PROFILES = ("smoke", "full")
PROFILE_VARIABLE = "COURSE_PROFILE"
_FOLDER = Path(__file__).parent


class _HasProfile(Protocol):
    @property
    def profile(self) -> str: ...


Profiled = str | _HasProfile
"""A profile's name, or settings that know their profile."""


class Table(Mapping[str, Any]):
    """Named values that cannot be changed; read as attributes or by key, tables within are `Table` too."""

    def __init__(self, values: Mapping[str, Any], label: str) -> None:
        inner = {
            name: Table(value, f"{label}.{name}") if isinstance(value, Mapping) else _frozen(value, f"{label}.{name}")
            for name, value in values.items()
        }
        object.__setattr__(self, "_values", MappingProxyType(inner))
        object.__setattr__(self, "_label", label)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked for by copy and pickle before there are values
            raise AttributeError(name)
        values: Mapping[str, Any] = object.__getattribute__(self, "_values")
        if name in values:
            return values[name]
        close = difflib.get_close_matches(name, values, n=1)
        meant = f" Did you mean {close[0]}?" if close else ""
        label = object.__getattribute__(self, "_label")
        raise AttributeError(f"{label} has no value {name!r}.{meant} It has: {', '.join(values) or 'none'}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"settings cannot be changed; give {name} a value of your own in the notebook instead")

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{self._label}: " + ", ".join(f"{name}={value!r}" for name, value in self._values.items())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self._values), self._label)


class Settings(Table):
    """The table of one notebook in one profile, with the names of both.

    Attributes
    ----------
    notebook, profile : str
    device : str
        ``auto`` (a GPU where there is one) or ``cpu``.
    """

    def __init__(self, values: Mapping[str, Any], notebook: str, profile: str) -> None:
        super().__init__({"notebook": notebook, "profile": profile, **values}, f"{notebook} ({profile})")

    def __reduce__(self) -> tuple[Any, ...]:
        values = {name: value for name, value in self.items() if name not in ("notebook", "profile")}
        return type(self), (values, self.notebook, self.profile)


def _frozen(value: Any, label: str) -> Any:
    if isinstance(value, list):
        return tuple(Table(v, label) if isinstance(v, Mapping) else _frozen(v, label) for v in value)
    return value


def settings_for(notebook: str, profile: str | None = None) -> Settings:
    """Return what a notebook runs with.

    Parameters
    ----------
    notebook : str
        Its name, such as ``1_transfer_learning``.
    profile : {"smoke", "full"}, optional
        What ``COURSE_PROFILE`` says, or ``smoke``, if not given.

    Raises
    ------
    ValueError
        If there is no such notebook or profile.
    """
    path = _FOLDER / f"{notebook}.toml"
    if not path.is_file():
        raise ValueError(f"no settings for {notebook!r}; there are: {', '.join(notebooks_with_settings())}")
    chosen = profile_of(profile)
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    return Settings(values[chosen], notebook, chosen)


def notebooks_with_settings() -> list[str]:
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def profile_of(given: Profiled | None = None) -> str:
    """Return the name of a profile: the one given, the one of the settings given, or what ``COURSE_PROFILE`` says.

    Raises
    ------
    ValueError
        If it is none of `PROFILES`.
    """
    if given is None:
        named, source = os.environ.get(PROFILE_VARIABLE) or "smoke", PROFILE_VARIABLE
    else:
        named, source = given if isinstance(given, str) else given.profile, "the profile"
    if named not in PROFILES:
        raise ValueError(f"{source} is {named!r}; it should be {' or '.join(map(repr, PROFILES))}")
    return named
