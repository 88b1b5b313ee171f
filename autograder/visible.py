"""Which files a confined kernel can see: Python and its packages, `utils`, the kernel's own modules, and what is added.

Never the rest of this package (the hidden tests are in it) nor the rest of the repository, wherever they are installed.
"""

from __future__ import annotations

import os
import site
import stat
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOT = _PACKAGE.parent

# Shared libraries and where the linker finds them, the time zone; nothing that names people or machines.
_SYSTEM = (
    *("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime"),
    *("/usr/share/zoneinfo", "/usr/local/nvidia", "/usr/local/cuda"),
)
_SHARED_PREFIXES = ("/", "/usr", "/usr/local")  # hold much else; what is needed of them is listed above


def for_kernel(extra: Iterable[str] = ()) -> dict[Path, Path]:
    """All that a kernel may read.

    Parameters
    ----------
    extra : iterable of str
        Further files and folders, such as data sets. A path in the repository is shown only if it is named here itself.

    Returns
    -------
    dict of Path to Path
        The path where it is seen and the real path that is seen there, both absolute; existing paths only.
    """
    hidden = {_PACKAGE}
    if (_ROOT / "pyproject.toml").exists():  # a checkout, and not a folder of installed packages
        hidden.add(_ROOT)
    own = (_ROOT / "utils", _PACKAGE / "__init__.py", _PACKAGE / "kernel")
    shown: dict[Path, Path] = {}
    for path in (*map(Path, _SYSTEM), *_interpreter(), *own, *map(Path, extra)):
        path = _plain(path)
        real = path.resolve()
        if real.exists():
            for part in without(real, hidden):
                shown[part] = part
                shown[path / part.relative_to(real)] = part
    return {path: real for path, real in shown.items() if not _covered(path, real, shown)}


def import_roots() -> list[Path]:
    """Folders from which a kernel imports beside Python's own: that of `utils`, and the user's packages if in use."""
    personal = Path(site.getusersitepackages())
    return [_ROOT, *([personal] if site.ENABLE_USER_SITE and personal.is_dir() else [])]


def without(path: Path, hidden: Iterable[Path]) -> list[Path]:
    """The path itself, or, where something hidden lies in it, the parts of it around that.

    A path within something hidden that was asked for by itself stays: the longer of two paths decides.
    """
    inside = [other for other in hidden if other.is_relative_to(path)]
    if not inside:
        return [path]
    if path in inside:
        return []
    return [part for child in sorted(path.iterdir()) for part in without(child, inside)]


def open_to_others(path: Path, *, with_parents: bool) -> bool:
    """Whether a user without any rights of their own can read this (and, `with_parents`, get there)."""
    try:
        mode = path.stat().st_mode
        steps = [parent.stat().st_mode for parent in path.parents] if with_parents else []
    except OSError:
        return False
    needed = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(mode) else 0)
    return mode & needed == needed and all(step & stat.S_IXOTH for step in steps)


def _interpreter() -> list[Path]:
    """The folders of this Python and of its packages, and each link on the way to the program."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    paths = [Path(prefix) for prefix in sorted(prefixes) if str(Path(prefix).resolve()) not in _SHARED_PREFIXES]
    paths += [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += [*map(Path, site.getsitepackages()), *import_roots()[1:]]
    link = Path(sys.executable)
    while link not in paths:
        paths.append(link)
        if link.is_symlink():
            link = _plain(link.parent / link.readlink())
    return paths


def _plain(path: Path) -> Path:
    """Absolute and without dots, but with its links."""
    return Path(os.path.normpath(path.absolute()))


def _covered(path: Path, real: Path, shown: Mapping[Path, Path]) -> bool:
    """Whether another entry shows the same file, as itself or as the link that it is."""
    parents = [parent for parent in path.parents if parent in shown]
    return any((shown[parent] / path.relative_to(parent)).resolve() == real for parent in parents)
