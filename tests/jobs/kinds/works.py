"""An attempt as a kind sees it, without a run around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.jobs.kinds import KINDS, Command, Work

BASE = Path("/runs/R/3.1")


def work_for(kind: str, content: str, **fields: Any) -> Work:
    options = {setting.name: setting.default for setting in KINDS[kind].settings}
    return Work(
        content=content,
        env=fields.pop("env", {}),
        arguments=fields.pop("arguments", ()),
        base=BASE,
        find=lambda *names: f"/bin/{names[0]}",
        options=options | fields.pop("options", {}),
        tag="T",
        task="rows",
        result_of=lambda task: Path(f"/runs/R/{task}.csv.gz"),
        **fields,
    )


def command_of(kind: str, content: str, **fields: Any) -> Command:
    command = KINDS[kind].command
    assert command is not None
    return command(work_for(kind, content, **fields))
