"""Files of the host itself (`file://`), below the folders that its administrator allows."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from apps.jobs.storage.contract import Found, Opened, StorageError
from apps.jobs.storage.folder import open_file


class Files:
    """Only what really lies below one of `roots`, wherever its path seems to lead, and not in `but`."""

    def __init__(self, roots: Iterable[str], but: str = "") -> None:
        self.roots = [Path(root).resolve() for root in roots if root]
        self.but = Path(but).resolve() if but else None

    def head(self, bucket: str, key: str) -> Found | None:
        path = self._path(key)
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        return Found(key, status.st_size, status.st_mtime_ns) if path.is_file() else None

    def open(self, bucket: str, key: str) -> Opened:
        opened = open_file(self._path(key), key)
        # What was looked at may have become a link since: what was opened is what counts.
        real = Path(os.readlink(f"/proc/self/fd/{opened.stream.fileno()}"))  # type: ignore[attr-defined]
        if not self._is_allowed(real):
            opened.stream.close()
            raise StorageError(f"{key} leads out of what may be read here")
        return opened

    def _path(self, key: str) -> Path:
        path = Path(key).resolve()
        if not self._is_allowed(path):
            allowed = ", ".join(map(str, self.roots)) or "none"
            raise StorageError(
                f"{key} lies in no folder that may be read here (HEADRACE_FILE_ROOTS of the host: {allowed})"
            )
        return path

    def _is_allowed(self, path: Path) -> bool:
        if self.but is not None and path.is_relative_to(self.but):
            return False
        return any(path.is_relative_to(root) for root in self.roots)
