"""A real S3-compatible server that checks signatures, on ports of its own."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from apps.jobs.storage import Place
from apps.jobs.storage.s3 import S3
from tests.installation import free_port

KEY, SECRET = "headrace-tests", "not-so-secret-42"


def find_weed() -> str | None:
    return shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")


class SeaweedServer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}

    @property
    def place(self) -> Place:
        return Place(url=f"http://127.0.0.1:{self.ports['s3']}", key=KEY, secret=SECRET)

    def start(self, patience: float = 60.0) -> None:
        weed = find_weed()
        assert weed is not None
        rights = [
            {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
        ]
        config = self.folder / "s3.json"
        config.write_text(json.dumps({"identities": rights}))
        (self.folder / "data").mkdir()
        options = {
            "dir": self.folder / "data",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3.config": config,
        }
        options |= {f"{name}.port": port for name, port in self.ports.items()}
        # Each gRPC port is its own too, or two servers on one machine meet.
        options |= {f"{name}.port.grpc": free_port() for name in self.ports}
        # Doors that nobody here uses, on ports that two servers would share.
        options |= {"s3.port.iceberg": 0, "s3.port.lance": 0}
        options |= {"master.volumeSizeLimitMB": 64, "volume.max": 32}
        flags = [f"-{name}={value}" for name, value in options.items()]
        with (self.folder / "weed.log").open("wb") as log:
            self.process = subprocess.Popen(
                [weed, "server", "-filer", "-s3", *flags], stdout=log, stderr=log, cwd=self.folder
            )
        self._wait(patience)

    def make_bucket(self, name: str) -> None:
        """Make the bucket, unless it is there."""
        client = S3(self.place).client
        with contextlib.suppress(
            client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists
        ):
            client.create_bucket(Bucket=name)

    def stop(self) -> None:
        """It takes twenty seconds to say goodbye, so it is not asked to, and leaves its sockets behind."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        for port in self.ports.values():
            for socket in Path("/tmp").glob(f"seaweedfs-*{port}*.sock"):
                socket.unlink(missing_ok=True)

    def _wait(self, patience: float) -> None:
        give_up_at = time.monotonic() + patience
        while time.monotonic() < give_up_at:
            with contextlib.suppress(BotoCoreError, ClientError):
                self.make_bucket("ready")
                return
            time.sleep(0.2)
        raise AssertionError((self.folder / "weed.log").read_text()[-4000:])
