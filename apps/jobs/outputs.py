"""What a job leaves for those who come after it: a small JSON object in a file beside its status.

The job finds the path in HEADRACE_OUTPUTS. What is there when it ends is kept with the
node run, shown, and handed to later nodes; anything else than an object, more than
MAX_BYTES, or what no database keeps is left out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from apps.jobs.left_files import read_left
from apps.lib.strict_json import read_json

MAX_BYTES = 1 << 16
#: What an assignment's last line is kept as.
ASSIGNED = "outputs"
_COMMA = re.compile(r"(?<!\\),")


def path_beside(status: Path) -> Path:
    return status.with_suffix(".outputs")


def read(status: Path) -> dict[str, Any] | None:
    """What the attempt with this status file left, or None."""
    left = read_left(path_beside(status), MAX_BYTES + 1)
    if left is None:
        return _assigned(_text(read_left(status.with_suffix(".assigned"), MAX_BYTES + 1)))
    try:
        found = read_json(_text(left) or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _text(left: bytes | None) -> str | None:
    """Nothing of what is too long or no text."""
    if left is None or len(left) > MAX_BYTES:
        return None
    try:
        return left.decode()
    except UnicodeDecodeError:
        return None


def _assigned(line: str | None) -> dict[str, Any] | None:
    """The last line of an assignment, split at its commas; `\\,` is a comma within a value."""
    if line is None or "\0" in line:
        return None
    return {ASSIGNED: [part.replace("\\,", ",") for part in _COMMA.split(line)]}
