"""A real Valkey on a unix socket, started as the launcher starts it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import redis

from apps.config.services import broker


class ValkeyServer:
    def __init__(self, home: Path, runtime: Path) -> None:
        self.command = broker(home, runtime).command
        self.client = redis.Redis(unix_socket_path=str(runtime / "broker.sock"))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, patience: float = 10.0) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, start_new_session=True)
        give_up_at = time.monotonic() + patience
        while True:
            try:
                self.client.ping()
                return
            except redis.RedisError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.01)

    def kill(self) -> None:
        """End it without letting it say goodbye."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        self.client.close()
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
