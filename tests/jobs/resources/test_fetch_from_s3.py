"""Fetching from a real S3 server: what goes wrong is said, and size costs no memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from apps.jobs.resources.fetch import FAILED, Item, Spec
from apps.jobs.storage import Page, Place, StorageError, Store, open_store
from tests.installation import ROOT
from tests.seaweed import SeaweedServer

pytestmark = pytest.mark.stack
LARGE = 300 << 20
#: What a process may take to fetch an object of any size, its libraries included.
MEMORY_KB = 120 << 10
MEASURED = (
    "import sys\n"
    "from pathlib import Path\n"
    "from apps.jobs.resources.fetch import Spec, fetch\n"
    "fetch(Spec.from_json(Path(sys.argv[1]).read_text()))\n"
    "lines = Path('/proc/self/status').read_text().splitlines()\n"
    "print(next(line.split()[1] for line in lines if line.startswith('VmHWM')))\n"
)


class Zeros:
    """A stream of so many zeros, of which nothing is held."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int, /) -> bytes:
        taken = min(size, self.left)
        self.left -= taken
        return bytes(taken)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedServer]:
    server = SeaweedServer(tmp_path_factory.mktemp("weed"))
    try:
        server.start()
        server.make_bucket("box")
        yield server
    finally:
        server.stop()


@pytest.fixture
def store(server: SeaweedServer) -> Store:
    return open_store(server.place)


@pytest.fixture
def spec_of(server: SeaweedServer, tmp_path: Path) -> Callable[..., Path]:
    """Writes what a process is to fetch and then to become; where."""

    def spec_of(key: str, place: Place | None = None, bucket: str = "box") -> Path:
        item = Item(f"s3://{bucket}/{key}", "got", place or server.place, bucket, key)
        spec = Spec(
            argv=["/bin/cat", "got"],
            env={"PATH": "/bin"},
            items=[item],
            folder=str(tmp_path / "files" / "run.1.1"),
            reason=str(tmp_path / "1.1.reason"),
            runs=str(tmp_path),
            cache=str(tmp_path / "cache"),
            cache_bytes=1 << 30,
            outbound_allow=["127.0.0.0/8"],
        )
        path = tmp_path / "spec.json"
        path.write_text(spec.to_json())
        return path

    return spec_of


def run(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "apps.jobs.resources.fetch", str(path)]
    environment = {"PATH": "/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_object_is_fetched_once_and_then_comes_from_the_cache(
    store: Store, spec_of: Callable[..., Path]
) -> None:
    store.write("box", "in/a.txt", b"hello\n")
    first, second = run(spec_of("in/a.txt")), run(spec_of("in/a.txt"))
    assert first.stdout.endswith("\nhello\n") and "fetched in" in first.stdout
    assert second.stdout.endswith("from the cache of this host\nhello\n")
    store.write("box", "in/a.txt", b"other\n")
    assert "fetched in" in run(spec_of("in/a.txt")).stdout


@pytest.mark.parametrize(
    ("key", "bucket", "changed", "why"),
    [
        ("gone", "box", {}, "there is no such object"),
        ("a", "nowhere", {}, "there is no bucket nowhere"),
        ("a", "box", {"secret": "wrong"}, "the secret of access key headrace-tests is wrong"),
        ("a", "box", {"key": "stranger"}, "the store does not know access key stranger"),
        ("a", "box", {"key": "", "secret": ""}, "whoever has no access key has no permission"),
        ("a", "box", {"url": "http://127.0.0.1:9"}, "http://127.0.0.1:9 cannot be reached"),
        ("a", "box", {"url": "http://10.0.0.1:9", "guarded": True}, "an address inside a private network"),
    ],
)
def test_what_went_wrong_is_said_with_the_name_of_the_file_and_never_the_secret(
    server: SeaweedServer,
    store: Store,
    spec_of: Callable[..., Path],
    tmp_path: Path,
    key: str,
    bucket: str,
    changed: dict[str, str],
    why: str,
) -> None:
    store.write("box", "a", b"x")
    place = replace(server.place, **changed)
    done = run(spec_of(key, place, bucket))
    reason = (tmp_path / "1.1.reason").read_text()
    assert done.returncode == FAILED
    assert f"s3://{bucket}/{key} cannot be fetched" in reason and why in reason
    assert reason in done.stdout and done.stderr == ""
    assert server.place.secret not in done.stdout and "wrong" not in done.stdout.replace("is wrong", "")
    assert not (tmp_path / "spec.json").exists()


def test_an_object_of_any_size_takes_the_same_memory(
    store: Store, spec_of: Callable[..., Path], tmp_path: Path
) -> None:
    assert store.put("box", "large", Zeros(LARGE)) == LARGE
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(spec_of("large"))],
        env={"PATH": "/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (tmp_path / "files" / "run.1.1" / "got").stat().st_size == LARGE
    assert int(done.stdout.split()[-1]) < MEMORY_KB
    store.delete("box", "large")


def test_a_place_of_a_project_may_be_guarded_and_still_reached_where_it_is_allowed(
    server: SeaweedServer, store: Store, spec_of: Callable[..., Path]
) -> None:
    store.write("box", "a", b"x\n")
    assert run(spec_of("a", replace(server.place, guarded=True))).stdout.endswith("\nx\n")


def test_the_signature_that_oss_takes_is_understood(server: SeaweedServer, store: Store) -> None:
    store.write("box", "signed", b"x")
    old = open_store(replace(server.place, signature="v2"))
    assert old.read("box", "signed") == b"x"
    with pytest.raises(StorageError, match="is wrong"):
        open_store(replace(server.place, signature="v2", secret="other")).read("box", "signed")


def test_folders_are_made_told_and_removed(store: Store) -> None:
    store.make_folder("box", "dir/empty")
    store.write("box", "dir/file", b"x")
    page = store.page("box", "dir")
    assert (page.folders, [found.key for found in page.objects]) == (("empty",), ["dir/file"])
    with pytest.raises(StorageError, match="not empty"):
        store.remove_folder("box", "dir")
    store.remove_folder("box", "dir/empty")
    assert store.page("box", "dir").folders == ()
    assert store.page("box", "dir/none") == Page()


def test_a_folder_is_told_in_pages(store: Store) -> None:
    for number in range(5):
        store.write("box", f"many/{number}", b"")
    seen, after = [], ""
    while True:
        page = store.page("box", "many", after, limit=2)
        seen += [found.key for found in page.objects]
        after = page.after
        if not after:
            break
    assert seen == [f"many/{number}" for number in range(5)]


def test_half_of_an_upload_is_not_left(store: Store) -> None:
    class Broken(Zeros):
        def read(self, size: int, /) -> bytes:
            if self.left < 4 << 20:
                raise OSError("cut")
            return super().read(size)

    with pytest.raises(OSError, match="cut"):
        store.put("box", "broken", Broken(40 << 20))
    assert store.head("box", "broken") is None


def test_no_upload_is_sent_in_chunks_with_a_checksum_behind(server: SeaweedServer) -> None:
    """OSS refuses those; the place is otherwise as one of OSS is."""
    seen: list[dict[str, str]] = []
    place = replace(server.place, signature="v2", region="oss-cn-hangzhou")
    client = open_store(place).client  # type: ignore[attr-defined]
    client.meta.events.register("before-send.s3", lambda request, **_: seen.append(dict(request.headers)))
    open_store(place).write("box", "plain", b"x")
    assert seen and "aws-chunked" not in json.dumps(seen, default=str)
