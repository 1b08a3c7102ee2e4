"""Message catalogues, compiled by Babel: Django's own command needs msgfmt, which few machines have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogues(folders: Iterable[Path]) -> int:
    """Compile each .po below `folders` that is newer than its .mo. How many there were."""
    stale = [
        source
        for folder in folders
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po"))
        if not _is_fresh(source.with_suffix(".mo"), source)
    ]
    for source in stale:
        _compile(source)
    return len(stale)


def _is_fresh(compiled: Path, source: Path) -> bool:
    return compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns


def _compile(source: Path) -> None:
    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name.replace("-", "_"))
    # A name of its own for each writer: two processes may find the same file stale.
    with NamedTemporaryFile(dir=source.parent, suffix=".new", delete=False) as compiled:
        write_mo(compiled, catalogue)
    Path(compiled.name).chmod(0o644)
    Path(compiled.name).replace(source.with_suffix(".mo"))
