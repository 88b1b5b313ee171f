"""Downloads that work, break off, come back wrong, or find no place: what is left behind and what is said."""

from __future__ import annotations

import errno
import hashlib
import http.client
import io
import shutil
import stat
import subprocess
import sys
import urllib.error
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from data_server import Server, free_port

from utils.data import downloading, fetching, unpacking
from utils.data.errors import (
    CacheNotWritable,
    DataDamaged,
    DataMissing,
    DownloadFailed,
    FetchInProgress,
    NoSpace,
    UnsafeArchive,
    WrongHash,
)
from utils.data.fetching import fetch, verify
from utils.data.registry import DATA_SETS, DataSet, Download, Part
from utils.data.store import State, find, locate

BIG = bytes(range(256)) * 4000


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


ARCHIVE = zipped(
    {
        "tiny_data/a.txt": b"one",
        "tiny_data/pictures/0.jpg": BIG,
        "tiny_data/pictures/1.jpg": b"two",
        "tiny_data/not wanted.txt": b"-",
        "__MACOSX/tiny_data/a.txt": b"-",
    }
)

Register = Callable[..., DataSet]


@pytest.fixture
def register(server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """Serve an archive as the data set ``tiny``."""

    def put(archive: bytes = ARCHIVE, *, known: bool = True, **changes: object) -> DataSet:
        server.files["tiny.zip"] = archive
        sha = hashlib.sha256(ARCHIVE).hexdigest() if known else None
        data = DataSet(
            name="tiny",
            title="Tiny data",
            folder="tiny_data",
            downloads=(Download(server.url("tiny.zip"), sha),),
            parts=(Part("a.txt"), Part("pictures/*.jpg", 2)),
            size=len(BIG),
            licence="none",
            notebooks=(),
            inside="tiny_data",
        )
        data = replace(data, **changes)  # type: ignore[arg-type]
        monkeypatch.setitem(DATA_SETS, "tiny", data)
        return data

    return put


def leftovers(cache: Path) -> list[str]:
    """Return what is in the cache beside downloads."""
    return sorted(path.name for path in cache.iterdir() if path.name != "downloads")


def get() -> Path:
    return fetch("tiny", progress=False)


def test_fetch_makes_a_complete_folder(register: Register, server: Server, cache: Path) -> None:
    register()
    folder = get()
    assert folder == cache / "tiny_data" == find("tiny")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert names == [".complete.json", "a.txt", "pictures/0.jpg", "pictures/1.jpg"]
    assert (folder / "pictures/0.jpg").read_bytes() == BIG
    assert leftovers(cache) == ["tiny_data"]
    assert not (cache / "downloads" / "tiny").exists()
    get()
    assert len(server.requests) == 1


def test_a_download_that_broke_off_goes_on(register: Register, server: Server, cache: Path) -> None:
    register()
    server.break_after = 600_000
    with pytest.raises(DownloadFailed, match=r"could not be reached or broke off .* goes on where it stopped"):
        get()
    with pytest.raises(DataMissing):
        find("tiny")
    part = cache / "downloads" / "tiny" / "tiny.zip.part"
    arrived = part.stat().st_size
    assert 0 < arrived <= 600_000
    assert not (cache / "downloads" / "tiny" / "tiny.zip").exists()
    assert (get() / "pictures/0.jpg").read_bytes() == BIG
    assert server.requests[-1] == ("/tiny.zip", f"bytes={arrived}-")


def test_a_file_that_changed_meanwhile_is_downloaded_anew(register: Register, server: Server) -> None:
    register(known=False)
    server.break_after = 600_000
    with pytest.raises(DownloadFailed):
        get()
    server.files["tiny.zip"] = zipped(
        {"tiny_data/a.txt": b"new", **{f"tiny_data/pictures/{n}.jpg": b"x" for n in "12"}}
    )
    assert (get() / "a.txt").read_bytes() == b"new"


def test_a_part_that_is_too_long_is_thrown_away(register: Register, server: Server, cache: Path) -> None:
    register()
    folder = cache / "downloads" / "tiny"
    folder.mkdir(parents=True)
    (folder / "tiny.zip.part").write_bytes(ARCHIVE + b"more")
    (folder / "tiny.zip.part.tag").write_text(f'"{hashlib.sha256(ARCHIVE).hexdigest()[:12]}"')
    get()
    assert [asked for _, asked in server.requests][1:] == [""]


def test_wrong_hash(register: Register, cache: Path) -> None:
    register(zipped({"tiny_data/a.txt": b"something else"}))
    with pytest.raises(WrongHash, match=r"another file than expected.*thrown away. Run again: course data fetch tiny"):
        get()
    assert leftovers(cache) == []
    assert list((cache / "downloads" / "tiny").iterdir()) == []


def test_half_a_file_of_a_server_that_tells_no_length(register: Register, server: Server, cache: Path) -> None:
    register(known=False)
    server.tell_length, server.break_after = False, 600_000
    with pytest.raises(DataDamaged, match=r"no whole zip file.*Delete it and run: course data fetch tiny"):
        get()
    assert leftovers(cache) == []


@pytest.mark.parametrize("stop", [1, 21, 100, -60, -1])
def test_an_archive_that_is_cut_short(register: Register, cache: Path, stop: int) -> None:
    register(ARCHIVE[:stop], known=False)
    with pytest.raises(DataDamaged, match=r"no whole zip file.*Delete it and run: course data fetch tiny"):
        get()
    assert leftovers(cache) == []


def test_an_archive_with_a_changed_byte_is_damaged_wherever_it_is(tmp_path: Path) -> None:
    """`zipfile` raises errors of many kinds for it; to us they are one, and never the disk's or the network's."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny_data/a.txt", b"the food was good " * 20)
        archive.writestr("tiny_data/pictures/ü.jpg", BIG[:100])
    whole = buffer.getvalue()
    data = DataSet("tiny", "Tiny", "tiny_data", (), (Part("a.txt"), Part("pictures/*.jpg")), 10**6, "none", ())
    data = replace(data, inside="tiny_data")
    path, refused = tmp_path / "tiny.zip", 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            unpacking.unpack_zip(data, path, tmp_path / "out")
        except (DataDamaged, UnsafeArchive):
            refused += 1
    assert refused > len(whole) / 2


def test_an_archive_without_all_files(register: Register, cache: Path) -> None:
    register(zipped({"tiny_data/a.txt": b"one", "tiny_data/pictures/0.jpg": b"0"}), known=False)
    with pytest.raises(DataDamaged, match=r"lacks 1 of 2 pictures/\*.jpg"):
        get()
    assert leftovers(cache) == []


def test_no_network(register: Register, cache: Path) -> None:
    register(downloads=(Download(f"http://127.0.0.1:{free_port()}/tiny.zip"),))
    with pytest.raises(DownloadFailed, match=r"Check the network and run again.*Without a network: put tiny.zip into"):
        get()


def test_file_not_found(register: Register, server: Server) -> None:
    register(downloads=(Download(server.url("moved.zip")),))
    with pytest.raises(DownloadFailed, match=r"answered 404 .* put it into .* as moved.zip from elsewhere"):
        get()


def test_a_file_put_there_by_hand_is_taken(register: Register, server: Server, cache: Path) -> None:
    register()
    (cache / "downloads" / "tiny").mkdir(parents=True)
    (cache / "downloads" / "tiny" / "tiny.zip").write_bytes(ARCHIVE)
    get()
    assert server.requests == []


@pytest.mark.parametrize(
    "name", ["../out.txt", "tiny_data/../../out.txt", "/tmp/out.txt", "C:\\out.txt", "..\\out.txt"]
)
def test_paths_that_lead_out(register: Register, cache: Path, name: str) -> None:
    register(zipped({"tiny_data/a.txt": b"one", name: b"out"}), known=False)
    with pytest.raises(UnsafeArchive, match=r"would lead out of its folder. Nothing was unpacked"):
        get()
    assert leftovers(cache) == []
    assert not list(cache.parent.rglob("out.txt"))


def test_links_are_refused(register: Register, cache: Path) -> None:
    entry = zipfile.ZipInfo("tiny_data/a.txt")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    register(buffer.getvalue(), known=False)
    with pytest.raises(UnsafeArchive, match=r"a.txt"):
        get()
    assert leftovers(cache) == []


def test_an_archive_that_swells(register: Register) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny_data/a.txt", bytes(10 * len(BIG)))
    register(buffer.getvalue(), known=False)
    with pytest.raises(UnsafeArchive, match="far more"):
        get()


def failing(number: int) -> Callable[..., object]:
    def fail(*arguments: object, **named: object) -> object:
        raise OSError(number, "as the test wants it")

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_while_unpacking(register: Register, cache: Path, number: int) -> None:
    register()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking.shutil, "copyfileobj", failing(number))
        with pytest.raises(NoSpace, match=r"is full, or your quota is used up.*Make room, or set COURSE_DATA_DIR"):
            get()
    assert leftovers(cache) == []
    assert (cache / "downloads" / "tiny" / "tiny.zip").exists()
    get()


def test_full_disk_while_downloading(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    monkeypatch.setattr(downloading.Resuming, "_receive", failing(errno.ENOSPC))
    with pytest.raises(NoSpace, match="Make room"):
        get()


@pytest.mark.parametrize("sizes", [{"size": 1 << 60}, {"packed": 1 << 60}])
def test_too_little_room_is_said_before_the_download(register: Register, server: Server, sizes: dict[str, int]) -> None:
    register(**sizes)
    with pytest.raises(NoSpace, match=r"needs about .* MB while it is unpacked"):
        get()
    assert server.requests == []


def test_a_cache_that_cannot_be_written_to(register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(CacheNotWritable, match=r"cannot be written .*Set COURSE_DATA_DIR to a folder of your own"):
        get()


def test_permission_denied(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    monkeypatch.setattr(fetching.tempfile, "mkdtemp", failing(errno.EACCES))
    with pytest.raises(CacheNotWritable, match="Permission denied"):
        get()


def test_two_at_once(register: Register, cache: Path) -> None:
    data = register()
    folder = cache / "downloads" / "tiny"
    folder.mkdir(parents=True)
    with fetching._alone(folder, data), pytest.raises(FetchInProgress, match="wait until it is done"):
        get()
    get()


def test_a_process_that_is_killed_leaves_nothing_that_counts(register: Register, server: Server, cache: Path) -> None:
    register()
    program = """
import os, signal
from utils.data import fetching, unpacking
from utils.data.registry import DATA_SETS, DataSet, Download, Part
DATA_SETS["tiny"] = DataSet("tiny", "Tiny", "tiny_data", (Download({url!r}),),
    (Part("a.txt"), Part("pictures/*.jpg", 2)), 1000000, "none", (), inside="tiny_data")
fetching.write_marker = lambda folder: os.kill(os.getpid(), signal.SIGKILL)
fetching.fetch("tiny", progress=False)
"""
    done = subprocess.run([sys.executable, "-c", program.format(url=server.url("tiny.zip"))], check=False)
    assert done.returncode != 0
    with pytest.raises(DataMissing):
        find("tiny")
    assert leftovers(cache) != []
    get()
    assert leftovers(cache) == ["tiny_data"]


def test_verify_notices_a_changed_byte(register: Register) -> None:
    register()
    picture = get() / "pictures" / "0.jpg"
    assert verify("tiny").state is State.COMPLETE
    picture.write_bytes(BIG[:-1] + b"?")
    assert locate("tiny").state is State.COMPLETE
    found = verify("tiny")
    assert found.state is State.INCOMPLETE
    assert "0.jpg is missing or has changed" in found.problem


def test_verify_accepts_a_folder_put_there_by_hand_if_it_is_whole(register: Register, cache: Path) -> None:
    register()
    (cache / "tiny_data" / "pictures").mkdir(parents=True)
    (cache / "tiny_data" / "a.txt").write_text("a")
    found = verify("tiny")
    assert found.state is State.INCOMPLETE
    assert "lacks 2 of 2 pictures/*.jpg" in found.problem
    with pytest.raises(DataDamaged, match="lacks 2 of 2"):
        get()
    for number in range(2):
        (cache / "tiny_data" / "pictures" / f"{number}.jpg").write_text("")
    assert verify("tiny").state is State.COMPLETE
    assert find("tiny") == cache / "tiny_data"


def test_another_edition_is_told_and_not_refused(register: Register) -> None:
    register(parts=(Part("a.txt", sha256="0" * 64), Part("pictures/*.jpg", 2)))
    get()
    found = verify("tiny")
    assert found.state is State.COMPLETE
    assert "a.txt: not the same as the course's own copy" in found.problem


def test_sentences_are_joined_from_six_files(cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "SENTENCES", {"train": 3, "dev": 1, "test": 2})
    monkeypatch.setattr(unpacking, "_UNLABELLED", 1)
    names = [f"{split}.{label}" for split in ("train", "dev", "test") for label in (0, 1)]
    for name in names:
        lines = "".join(f"this is sentence {number} of {name}\ntoo short\n" for number in range(4))
        server.files[name] = lines.encode()
    data = replace(DATA_SETS["sentiment"], downloads=tuple(Download(server.url(name)) for name in names))
    monkeypatch.setitem(DATA_SETS, "sentiment", data)
    folder = fetch("sentiment", progress=False)
    assert (folder / "train.txt").read_text().splitlines() == [
        f"{label} this is sentence {number} of train.{label}" for label in (0, 1) for number in range(3)
    ]
    assert (folder / "unlabelled.txt").read_text().splitlines() == [
        "this is sentence 2 of test.0",
        "this is sentence 2 of test.1",
    ]
    shutil.rmtree(folder)
    server.files["dev.1"] = b"too short\n"
    with pytest.raises(DataDamaged, match=r"dev.1 holds too few sentences, 0 where 1 are wanted: it is cut short"):
        fetch("sentiment", progress=False)
    # Enough for the labelled sentences of the test split, but none are left for the unlabelled ones.
    (cache / "downloads" / "sentiment" / "dev.1").write_text("this is a sentence again\n")
    (cache / "downloads" / "sentiment" / "test.1").write_text("this is a sentence again\n" * 2)
    with pytest.raises(DataDamaged, match=r"test.1 holds too few sentences, 0 where 1 are wanted"):
        fetch("sentiment", progress=False)
    (cache / "downloads" / "sentiment" / "test.1").write_bytes(b"\xff\xfe")
    with pytest.raises(DataDamaged, match=r"test.1 is no text. Delete it and run: course data fetch sentiment"):
        fetch("sentiment", progress=False)
    assert leftovers(cache) == []


@pytest.mark.parametrize(
    ("raised", "expected", "words"),
    [
        (urllib.error.URLError("no route"), DownloadFailed, "could not be reached or broke off .no route"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), DownloadFailed, "Check the network and run again"),
        (TimeoutError("timed out"), DownloadFailed, "broke off .timed out"),
        (http.client.IncompleteRead(b""), DownloadFailed, "Check the network and run again"),
        (RuntimeError("invalid hash value"), WrongHash, "another file than expected"),
        (OSError(errno.ENOSPC, "full"), NoSpace, "Make room"),
        (PermissionError(errno.EACCES, "no"), CacheNotWritable, "cannot be written"),
    ],
)
def test_weights_that_cannot_be_fetched(
    cache: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, expected: type[Exception], words: str
) -> None:
    from torchvision.models import WeightsEnum

    def fail(*arguments: object, **named: object) -> None:
        raise raised

    monkeypatch.setattr(WeightsEnum, "get_state_dict", fail)
    with pytest.raises(expected, match=words):
        fetch("resnet18", progress=False)
