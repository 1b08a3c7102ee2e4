"""A whole installation in a folder of its own, driven from outside as its users drive it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct-horse-battery"
SUBMIT = """
from apps.flows.runs import submit_job
from apps.projects.models import User
from tests.factories import make_job, make_project
owner = User.objects.get(username="admin")
print(submit_job(make_job(make_project(owner), content={content!r}), by=owner).ref)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def heed_signals() -> None:
    """Tests that nohup or a shell's & started ignore these, and so would what they start."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


class Installation:
    def __init__(self, folder: Path, *, demo: bool = True, **environment: str) -> None:
        self.home = folder / "home"
        self.home.mkdir(mode=0o700, exist_ok=True)
        if not demo:
            (self.home / "demo.stamp").touch()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.launcher: subprocess.Popen[bytes] | None = None
        kept = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.environment |= {
            "HEADRACE_HOME": str(self.home),
            "HEADRACE_ADMIN_PASSWORD": PASSWORD,
            "PORT": str(self.port),
            # Processes are found by their environment, and measured.
            "HEADRACE_TRACEABLE": "true",
            **environment,
        }
        self._log = folder / "launcher.out"

    # --- life

    def start(self, patience: float = 60.0) -> None:
        """Start everything and wait until all of it is up."""
        said = len(self.output())
        with self._log.open("ab") as log:
            self.launcher = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "up"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=heed_signals,
            )
        # What answers on the port may still be what an earlier start left.
        while "Headrace is up" not in self.output()[said:] and self.launcher.poll() is None:
            time.sleep(0.05)
        self.wait_until_up(patience)

    def wait_until_up(self, patience: float = 60.0) -> None:
        give_up_at = time.monotonic() + patience
        status, health = 0, {}
        while self.launcher is not None and self.launcher.poll() is None and time.monotonic() < give_up_at:
            status, health = self.health()
            if status == 200:
                return
            time.sleep(0.1)
        raise AssertionError(f"not up: {health}\n{self.output()[-8000:]}")

    def stop(self, number: signal.Signals = signal.SIGINT, patience: float = 60.0) -> None:
        """End the launcher with a signal and wait for it."""
        if self.launcher is not None:
            self.launcher.send_signal(number)
            self.launcher.wait(patience)
            self.launcher = None

    def close(self) -> None:
        """End it however it stands, and remove what it left outside its home."""
        if self.launcher is not None and self.launcher.poll() is None:
            self.stop(signal.SIGTERM)
        link = self.home / "run"
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)

    # --- look

    def output(self) -> str:
        """All that the launcher printed."""
        return self._log.read_text() if self._log.exists() else ""

    def health(self) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except OSError as error:
            return 0, {"error": str(error)}

    def services(self) -> dict[str, int]:
        """The processes of the services by name."""
        rows = json.loads((self.home / "services.json").read_text())
        return {row["name"]: row["pid"] for row in rows}

    def run_state(self, ref: str) -> str:
        return self.shell(f"from apps.flows.models import Run; print(Run.objects.get(uid=0x{ref}).state)")

    # --- do

    def submit(self, content: str) -> str:
        """Run a new SHELL job with that content. The run's ref."""
        return self.shell(SUBMIT.format(content=content))

    def shell(self, script: str) -> str:
        """Run Python with the installation's settings. What it printed."""
        return self.manage("shell", "-v0", "-c", script).strip()

    def manage(self, *arguments: str) -> str:
        """Run a management command of this installation. What it printed."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
