"""Buckets as folders on a disk."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from apps.jobs.storage.addresses import BadAddress, check_bucket, check_key
from apps.jobs.storage.contract import CHUNK, PAGE, Found, Missing, Opened, Page, Readable, StorageError

#: What the names of half-written files of ours begin with.
OURS = ".headrace-"


class Folder:
    """Buckets as folders below `root`. Nothing outside of it is ever touched, links included."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def uri(self, bucket: str, key: str) -> str:
        return str(self._path(bucket, key))

    def options(self) -> dict[str, str]:
        return {}

    def find(self, bucket: str, prefix: str) -> list[Found]:
        path = self._path(bucket, prefix)
        if path.is_file():
            return [_found(check_key(prefix), path)]
        base = self.root / check_bucket(bucket)
        found = []
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                file = Path(folder, name)
                # Half-written files of ours, and links, which may lead anywhere.
                if not name.startswith(OURS) and not file.is_symlink():
                    with contextlib.suppress(FileNotFoundError):
                        found.append(_found(str(file.relative_to(base)), file))
        return found

    def page(self, bucket: str, folder: str, after: str = "", limit: int = PAGE) -> Page:
        path = self._path(bucket, folder) if folder else self.root / check_bucket(bucket)
        try:
            entries = [each for each in os.scandir(path) if each.name > after and _is_shown(each)]
        except FileNotFoundError:
            return Page()
        except OSError as error:
            raise StorageError(f"{bucket}/{folder} cannot be listed: {error.strerror}") from error
        entries.sort(key=lambda each: each.name)
        shown = entries[:limit]
        prefix = f"{check_key(folder)}/" if folder else ""
        return Page(
            tuple(each.name for each in shown if each.is_dir(follow_symlinks=False)),
            tuple(
                _found(prefix + each.name, Path(each.path))
                for each in shown
                if each.is_file(follow_symlinks=False)
            ),
            shown[-1].name if len(entries) > limit else "",
        )

    def head(self, bucket: str, key: str) -> Found | None:
        path = self._path(bucket, key)
        try:
            return _found(check_key(key), path) if path.is_file() else None
        except FileNotFoundError:
            return None

    def open(self, bucket: str, key: str) -> Opened:
        return open_file(self._path(bucket, key), f"{bucket}/{key}")

    def read(self, bucket: str, key: str, limit: int | None = None) -> bytes:
        try:
            with self._path(bucket, key).open("rb") as file:
                return file.read() if limit is None else file.read(limit)
        except OSError as error:
            raise StorageError(f"{bucket}/{key} cannot be read: {error.strerror}") from error

    def write(self, bucket: str, key: str, data: bytes) -> None:
        with self._replacing(bucket, key) as path:
            path.write_bytes(data)

    def put(self, bucket: str, key: str, stream: Readable) -> int:
        size = 0
        with self._replacing(bucket, key) as path, path.open("wb") as file:
            while chunk := stream.read(CHUNK):
                size += file.write(chunk)
        return size

    def make_folder(self, bucket: str, key: str) -> None:
        try:
            self._path(bucket, key).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{bucket}/{key} cannot be made: {error.strerror}") from error

    def remove_folder(self, bucket: str, key: str) -> None:
        try:
            self._path(bucket, key).rmdir()
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StorageError(f"{bucket}/{key} cannot be removed: {error.strerror}") from error

    def copy(self, bucket: str, key: str, target: str) -> None:
        source = self._path(bucket, key)
        with self._replacing(bucket, target) as path:
            path.unlink()
            try:
                os.link(source, path)
            except FileNotFoundError as error:
                raise StorageError(f"{bucket}/{key} is not there") from error
            except OSError:  # a file system without links
                shutil.copyfile(source, path)

    def delete(self, bucket: str, key: str) -> None:
        path = self._path(bucket, key)
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if self.root in (folder, folder.parent):
                break
            try:
                folder.rmdir()
            except OSError:
                break

    def make_room(self, bucket: str, prefix: str) -> None:
        path = self._path(bucket, prefix)
        for folder in path.parents:
            if folder == self.root:
                break
            if folder.exists() and not folder.is_dir():
                name = folder.relative_to(self.root)
                raise StorageError(f"nothing can be written to {bucket}/{prefix}: {name} is an object")

    @contextlib.contextmanager
    def lock(self, bucket: str) -> Iterator[None]:
        folder = self.root / check_bucket(bucket)
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / ".headrace-lock", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _path(self, bucket: str, key: str) -> Path:
        path = self.root / check_bucket(bucket) / check_key(key)
        if not path.resolve().is_relative_to(self.root):
            raise BadAddress("%(address)s leads out of the object store", address=f"{bucket}/{key}")
        return path

    @contextlib.contextmanager
    def _replacing(self, bucket: str, key: str) -> Iterator[Path]:
        """A file beside the object that takes its place, on the disk, when the block is done."""
        path = self._path(bucket, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=OURS, dir=path.parent)
            os.close(handle)
            beside = Path(name)
            try:
                yield beside
                with beside.open("rb") as file:
                    os.fsync(file.fileno())
                beside.replace(path)
            finally:
                # Renaming a file onto another name of itself leaves both.
                beside.unlink(missing_ok=True)
            _sync_folder(path.parent)
        except OSError as error:
            raise StorageError(f"{bucket}/{key} cannot be written: {error.strerror}") from error


def open_file(path: Path, name: str) -> Opened:
    """A regular file that is there, not a link to one. Raises StorageError about `name`."""
    try:
        # Opening a pipe would wait for whoever writes into it.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise Missing(f"there is no object {name}") from error
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise StorageError(f"{name} cannot be read: {why}") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise Missing(f"{name} is a folder" if stat.S_ISDIR(status.st_mode) else f"{name} is no file")
    version = f"{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"
    return Opened(status.st_size, version, os.fdopen(handle, "rb", buffering=0))


def _is_shown(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(OURS) and not entry.is_symlink()


def _found(key: str, path: Path) -> Found:
    status = path.stat()
    return Found(key, status.st_size, status.st_mtime_ns)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
