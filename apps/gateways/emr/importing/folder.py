"""Replies as files: an import that was broken off goes on from them, and one can be made of them alone.

A file holds one call: {"action": …, "parameters": {…}, "reply": {…}}. Its name means nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from apps.gateways.emr.importing.account import Source, SourceError

Key = tuple[str, tuple[tuple[str, str], ...]]


class Folder:
    """The replies in `path`; what is not there is asked of `beneath`, when there is one, and kept."""

    def __init__(self, path: Path, beneath: Source | None = None) -> None:
        self.path, self.beneath = path, beneath
        self.replies: dict[Key, dict[str, Any]] = {}
        for file in sorted(path.glob("*.json")):
            call = _read(file)
            self.replies[_key(call["action"], call.get("parameters") or {})] = call["reply"]

    def ask(self, action: str, **parameters: str | int) -> dict[str, Any]:
        key = _key(action, parameters)
        if key in self.replies:
            return self.replies[key]
        if self.beneath is None:
            raise SourceError(action, "NotThere", f"no reply to it is in {self.path.name}")
        reply = self.beneath.ask(action, **parameters)
        self._keep(action, dict(key[1]), reply)
        self.replies[key] = reply
        return reply

    def _keep(self, action: str, parameters: dict[str, str], reply: dict[str, Any]) -> None:
        """Whole or not at all, and for nobody else's eyes: parameters of jobs may be secret."""
        call = {"action": action, "parameters": parameters, "reply": reply}
        name = f"{action}-{hashlib.sha256(json.dumps(parameters).encode()).hexdigest()[:16]}.json"
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self.path / f".{name}"
        with open(unfinished, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            json.dump(call, file, ensure_ascii=False, indent=1)
        unfinished.rename(self.path / name)


def _key(action: str, parameters: dict[str, Any]) -> Key:
    return action, tuple(sorted((name, str(value)) for name, value in parameters.items()))


def _read(file: Path) -> dict[str, Any]:
    try:
        call = json.loads(file.read_text())
        if isinstance(call["action"], str) and isinstance(call["reply"], dict):
            return dict(call)
    except (ValueError, KeyError, TypeError):
        pass
    raise SourceError(file.name, "NotReadable", 'a file holds {"action": …, "parameters": {…}, "reply": {…}}')
