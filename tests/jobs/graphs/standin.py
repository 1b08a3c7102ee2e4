"""The labelled stand-in for a NebulaGraph, started for tests."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SPACES = ROOT / "apps" / "config" / "demo" / "graph"


@dataclass(frozen=True)
class Standin:
    port: int
    password: str


@contextlib.contextmanager
def standin_process() -> Iterator[Standin]:
    password = "not the real thing"
    with subprocess.Popen(
        [sys.executable, "-m", "apps.jobs.graphs.standin.server", "--data", str(SPACES)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HEADRACE_NEBULA_PASSWORD": password},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        try:
            yield Standin(int(process.stdout.readline()), password)
        finally:
            process.terminate()
