from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from apps.config.catalogues import compile_catalogues
from apps.projects.models import Project
from tests.chromium import FLAGS, find_chromium
from tests.installation import Installation
from tests.people import People, make_people, make_project, signed_in
from tests.postgres import PostgresServer
from tests.settings import ON_POSTGRES
from tests.valkey import ValkeyServer

# How long an example takes says how busy the machine is, not whether it is right.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, leave out what knows no database or brings its own, and so was tested already."""
    if not ON_POSTGRES:
        return
    left_out = [item for item in items if not _uses_the_database(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _uses_the_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    if "fresh_installation" in fixtures:
        return False
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"})


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    compile_catalogues(Path(path) for path in django_settings.LOCALE_PATHS)


@pytest.fixture(scope="session", autouse=True)
def valkey() -> Iterator[ValkeyServer]:
    """The broker that nudges and live updates go through: a real one, for the whole session."""
    server = ValkeyServer(django_settings.HEADRACE_HOME, django_settings.HEADRACE_RUNTIME)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """Start the database server that the tests are told to use, before the first database is made."""
    if "sqlite" in django_settings.DATABASES["default"]["ENGINE"]:
        yield
        return
    server = PostgresServer(django_settings.HEADRACE_RUNTIME)
    server.start()
    yield
    server.stop()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Never drop a database: its server goes with all it has, also where a thread is still connected."""
    return ON_POSTGRES


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A whole installation, started as `make up` does, shared by all tests that do not break it."""
    with contextlib.closing(Installation(tmp_path_factory.mktemp("stack"))) as running:
        running.start()
        yield running


@pytest.fixture
def new_stack(tmp_path: Path) -> Iterator[Installation]:
    """An installation that was never started."""
    with contextlib.closing(Installation(tmp_path, demo=False)) as installation:
        yield installation


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first start leaves in a home, made once: nothing else happened in it."""
    with contextlib.closing(Installation(tmp_path_factory.mktemp("prepared"), demo=False)) as installation:
        installation.manage("prepare")
        return installation.home


@pytest.fixture
def own_stack(tmp_path: Path, prepared_home: Path) -> Iterator[Installation]:
    """An installation that a test may break. It is not started: the test says with what."""
    # Its folder for sockets is found by the path of the home, so each copy makes its own.
    shutil.copytree(prepared_home, tmp_path / "home", ignore=shutil.ignore_patterns("run"))
    with contextlib.closing(Installation(tmp_path, demo=False)) as installation:
        yield installation


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    return {**browser_type_launch_args, "executable_path": str(find_chromium()), "args": FLAGS}


# --- the people of the page tests, their project, and the browser of each


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@pytest.fixture
def project(people: People) -> Project:
    return make_project(people)


@pytest.fixture
def alice(people: People) -> Client:
    return signed_in(people.alice)


@pytest.fixture
def bob(people: People) -> Client:
    return signed_in(people.bob)


@pytest.fixture
def otto(people: People) -> Client:
    return signed_in(people.otto)


@pytest.fixture
def vera(people: People) -> Client:
    return signed_in(people.vera)


@pytest.fixture
def charlie(people: People) -> Client:
    return signed_in(people.charlie)


@pytest.fixture
def no_more_pages() -> Iterator[None]:
    """The database file may not grow: what SQLite answers on a full disk."""
    if connection.vendor != "sqlite":
        pytest.skip("a file of SQLite")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # pages that are free would be taken first
        cursor.execute("PRAGMA max_page_count")
        (usual,) = cursor.fetchone()
        cursor.execute("PRAGMA page_count")
        (now,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {now + 20}")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count = {usual}")
