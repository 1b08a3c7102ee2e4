"""What a host keeps of fetched objects: one copy a version, never more than it may, never half of one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.jobs.resources.cache import Cache, Kept
from apps.jobs.storage import Folder, Opened, StorageError
from tests.installation import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "objects")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", limit=1 << 20)


def lay(cache: Cache, target: Path, open_it: Callable[[], Opened], name: str = "one") -> Kept:
    file = os.open(target, os.O_RDWR | os.O_CREAT)
    try:
        return cache.lay(name, open_it, file)
    finally:
        os.close(file)


def test_an_object_is_fetched_once_a_version(folder: Folder, cache: Cache, tmp_path: Path) -> None:
    folder.write("box", "a", b"first")
    seen = [lay(cache, tmp_path / f"out{n}", lambda: folder.open("box", "a")).was_there for n in range(2)]
    folder.write("box", "a", b"second")
    third = lay(cache, tmp_path / "out2", lambda: folder.open("box", "a"))
    assert (seen, third.was_there) == ([False, True], False)
    assert [(tmp_path / f"out{n}").read_bytes() for n in range(3)] == [b"first", b"first", b"second"]


def test_what_a_job_does_to_its_file_is_not_done_to_the_next(
    folder: Folder, cache: Cache, tmp_path: Path
) -> None:
    folder.write("box", "a", b"right")
    lay(cache, tmp_path / "out1", lambda: folder.open("box", "a"))
    (tmp_path / "out1").write_bytes(b"wrong")
    lay(cache, tmp_path / "out2", lambda: folder.open("box", "a"))
    assert (tmp_path / "out2").read_bytes() == b"right"


def test_a_kept_file_that_was_tampered_with_is_fetched_anew(
    folder: Folder, cache: Cache, tmp_path: Path
) -> None:
    folder.write("box", "a", b"right")
    lay(cache, tmp_path / "out", lambda: folder.open("box", "a"))
    (kept,) = (path for path in cache.folder.glob("*/*") if not path.suffix)
    kept.write_bytes(b"wrong")
    assert not lay(cache, tmp_path / "out", lambda: folder.open("box", "a")).was_there
    assert (tmp_path / "out").read_bytes() == b"right"


def test_what_was_used_longest_ago_goes_first(folder: Folder, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", limit=25)
    for number, key in enumerate(("a", "b", "c")):
        folder.write("box", key, b"x" * 10)
        lay(cache, tmp_path / "out", lambda key=key: folder.open("box", key), key)  # type: ignore[misc]
        for path in cache.folder.glob("*/*"):
            if path.stat().st_mtime > 1e9:
                os.utime(path, (number, number))
    again = {
        key: lay(Cache(cache.folder, 1 << 20), tmp_path / "out", lambda key=key: folder.open("box", key), key)  # type: ignore[misc]
        for key in ("a", "b", "c")
    }
    assert {key: kept.was_there for key, kept in again.items()} == {"a": False, "b": True, "c": True}


def test_half_of_an_object_is_never_kept(folder: Folder, cache: Cache, tmp_path: Path) -> None:
    folder.write("box", "a", b"whole")

    def cut() -> Opened:
        opened = folder.open("box", "a")
        return Opened(opened.size + 1, opened.version, opened.stream)

    with pytest.raises(StorageError, match="broke off after 5 of 6 bytes"):
        lay(cache, tmp_path / "out", cut)
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == []


def test_many_at_once_fetch_an_object_once(folder: Folder, cache: Cache, tmp_path: Path) -> None:
    folder.write("box", "a", b"x" * 100_000)
    seen: list[Kept] = []
    threads = [
        threading.Thread(
            target=lambda n=n: seen.append(  # type: ignore[misc]
                lay(cache, tmp_path / f"out{n}", lambda: folder.open("box", "a"))
            )
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kept.was_there for kept in seen) == [False] + [True] * 7
    assert len({kept.sha256 for kept in seen}) == 1


def test_what_a_killed_attempt_left_keeps_nobody_waiting(
    folder: Folder, cache: Cache, tmp_path: Path
) -> None:
    folder.write("box", "a", b"x" * 1000)
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from apps.jobs.resources.cache import Cache\n"
        "from apps.jobs.storage import Folder, Opened\n"
        "class Dying:\n"
        "    def read(self, size):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    def close(self):\n"
        "        pass\n"
        "root = Path(sys.argv[1])\n"
        "opened = Folder(root / 'objects').open('box', 'a')\n"
        "file = os.open(root / 'dead', os.O_RDWR | os.O_CREAT)\n"
        "dying = lambda: Opened(opened.size, opened.version, Dying())\n"
        "Cache(root / 'cache', 1 << 20).lay('one', dying, file)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert lay(cache, tmp_path / "out", lambda: folder.open("box", "a")).size == 1000
