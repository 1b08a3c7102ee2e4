"""A campaign on each database, each in a process of its own.

python -m tests.chaos --faults 100 --minutes 9 --seed 7 --databases sqlite
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from apps.config.home import make_home
from tests.chaos.place import DATABASE, sockets_in
from tests.installation import ROOT
from tests.postgres import address

DATABASES = ("sqlite", "postgres")
#: What the environment of whoever starts this may say of another installation.
FOREIGN = ("HEADRACE_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--databases", default=",".join(DATABASES))
    parser.add_argument("--faults", type=int, default=100, help="on each database")
    parser.add_argument("--minutes", type=float, default=9.0, help="at most, on each database")
    parser.add_argument("--seed", type=int, default=time.time_ns() // 1_000_000 % 1_000_000)
    given = parser.parse_args()
    settings = [f"--{name}={getattr(given, name)}" for name in ("faults", "minutes", "seed")]
    return max([campaign(database, settings) for database in given.databases.split(",")])


def campaign(database: str, settings: list[str]) -> int:
    print(f"chaos on {database}:", *settings, flush=True)
    with tempfile.TemporaryDirectory(prefix="hr-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "home").mkdir(mode=0o700)
        make_home(folder / "home")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        environment["HEADRACE_HOME"] = str(folder / "home")
        if database == "postgres":
            environment["DATABASE_URL"] = address(sockets_in(folder), DATABASE)
        command = [sys.executable, "-m", "tests.chaos.campaign", database, name, *settings]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
