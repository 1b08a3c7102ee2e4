"""The product's own settings on a throwaway home, made before they are read.

HEADRACE_TEST_DATABASE=postgres runs the tests on a real PostgreSQL (see postgres.py).
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from apps.config.home import make_home
from tests.postgres import address

# Short, because sockets are put below it; one for each process of a parallel run.
HOME = Path(tempfile.mkdtemp(prefix="hr-"))
_OWNER = os.getpid()

for variable in [name for name in os.environ if name.startswith("HEADRACE_") and "_TEST_" not in name]:
    del os.environ[variable]
os.environ.pop("REDIS_URL", None)
os.environ.pop("DATABASE_URL", None)
os.environ["HEADRACE_HOME"] = str(HOME)
os.environ["HEADRACE_RUNTIME"] = str(HOME / "run")
ON_POSTGRES = os.environ.get("HEADRACE_TEST_DATABASE") == "postgres"
if ON_POSTGRES:
    os.environ["DATABASE_URL"] = address(HOME / "run", "headrace")

make_home(HOME)
for folder in ("run", "static"):
    (HOME / folder).mkdir()

from apps.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if not ON_POSTGRES:
    # A file, not memory: threads and processes of a test share it as they do in life.
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "test.sqlite3")}  # noqa: F405


@atexit.register
def _remove_home() -> None:
    if os.getpid() == _OWNER:
        shutil.rmtree(HOME, ignore_errors=True)
