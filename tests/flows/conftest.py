from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.config.home import make_home
from apps.flows.hosts import register_host
from apps.flows.models import Flow
from apps.flows.warden import Warden
from apps.projects.models import Project, User
from tests.flows.at_work import abandon
from tests.flows.pages import diamond
from tests.installation import ROOT
from tests.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of its own for tests that need several processes on one database."""
    folder = Path(tempfile.mkdtemp(prefix="hr-pg-"))
    server = PostgresServer(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ann(db: None) -> User:
    """Somebody who may do everything, on a machine that is a host."""
    register_host()
    return User.objects.create(username="ann", is_superuser=True)


@pytest.fixture
def fresh_installation(request: pytest.FixtureRequest) -> Iterator[Callable[[str], dict[str, str]]]:
    """Makes the environment of an empty, migrated installation on "sqlite" or "postgres"."""
    homes: list[Path] = []

    def make(database: str) -> dict[str, str]:
        home = Path(tempfile.mkdtemp(prefix="hr-"))
        homes.append(home)
        make_home(home)
        (home / "run").mkdir()
        kept = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
        env = {name: os.environ[name] for name in kept if name in os.environ}
        env |= {"HEADRACE_HOME": str(home), "HEADRACE_RUNTIME": str(home / "run")}
        env["REDIS_URL"] = f"unix://{home}/run/nobody-listens.sock"
        if database == "postgres":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            server.create_database(home.name)
            env["DATABASE_URL"] = server.address(home.name)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True)
        return env

    yield make
    for home in homes:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def flow(project: Project) -> Flow:
    return diamond(project)


@pytest.fixture
def make_warden() -> Iterator[Callable[[], Warden]]:
    wardens: list[Warden] = []

    def make() -> Warden:
        warden = Warden(register_host())
        wardens.append(warden)
        return warden

    yield make
    for warden in wardens:
        abandon(warden)


@pytest.fixture
def warden_of(settings, make_warden: Callable[[], Warden]) -> Iterator[Callable[[str], Warden]]:
    """A warden of the host of that name, with a runtime folder and a shepherd of its own."""
    folders: dict[str, Path] = {}

    def make(name: str) -> Warden:
        if name not in folders:
            folders[name] = Path(tempfile.mkdtemp(prefix="hr-"))
        settings.HEADRACE_RUNTIME, settings.HEADRACE_HOST = folders[name], name
        return make_warden()

    yield make
    for folder in folders.values():
        shutil.rmtree(folder, ignore_errors=True)
