"""What has to be true before the services start. Each step looks first and does only what is missing."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import secrets
import sqlite3
import sys
from collections.abc import Callable
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.config import key_rotation
from apps.config.catalogues import compile_catalogues
from apps.config.home import Refused, make_home, make_runtime

#: Before this release two writers could corrupt a database in WAL mode.
OLDEST_SQLITE = (3, 51, 3)
ADMIN = "admin"

Say = Callable[[str], None]


def have_home() -> None:
    """Make the home, its keys and its folder for sockets, where they are missing.

    The settings were read before them: then this process starts over.
    """
    made = make_home(settings.HEADRACE_HOME)
    runtime = make_runtime(settings.HEADRACE_HOME)
    if made or runtime != settings.HEADRACE_RUNTIME:
        os.execv(sys.executable, [sys.executable, *sys.argv])


def prepare(say: Say) -> None:
    """All that the services rely on. May be repeated at any time, while they run too."""
    check_sqlite()
    if os.getuid() == 0:
        say("running as root: so will every job; an ordinary user is safer")
    compile_messages(say)
    migrate(say)
    collect_static(say)
    if complaint := key_rotation.complaint():
        say(complaint)
    password = make_admin()
    if password:
        say(f"made the first user: {ADMIN}, password {password} (shown only now)")


def prepare_apart(say: Say) -> None:
    """The same in a process of its own, which takes what migrating loads into memory with it."""
    fork = multiprocessing.get_context("fork")
    refusals = fork.SimpleQueue()
    process = fork.Process(target=_prepare_or_tell, args=(say, refusals))
    process.start()
    process.join()
    if process.exitcode:
        told = not refusals.empty()
        raise Refused(refusals.get() if told else "What the services rely on could not be prepared.")


def _prepare_or_tell(say: Say, refusals: SimpleQueue[str]) -> None:
    try:
        prepare(say)
    except Refused as refusal:
        refusals.put(str(refusal))
        sys.exit(1)


def check_sqlite() -> None:
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise Refused(
            f"SQLite {sqlite3.sqlite_version} can corrupt a database with two writers; {oldest} or newer is "
            "needed. Install the pysqlite3 package that requirements.lock names, or set DATABASE_URL."
        )


def migrate(say: Say) -> None:
    """Bring the database up to date. When it is, this costs one query, not a whole `migrate`."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        say(f"applying {len(plan)} migrations")
        call_command("migrate", interactive=False, verbosity=0)


def compile_messages(say: Say) -> None:
    count = compile_catalogues(Path(path) for path in settings.LOCALE_PATHS)
    if count:
        say(f"compiled {count} message catalogues")


def collect_static(say: Say) -> None:
    """Copy the static files to where they are served from, when one of them changed."""
    stamp = settings.HEADRACE_HOME / "static.stamp"
    now = _fingerprint()
    if stamp.exists() and stamp.read_text() == now and settings.STATIC_ROOT.is_dir():
        return
    say("collecting static files")
    # Cleared, because it would keep whatever it finds newer than its source, by the second.
    call_command("collectstatic", clear=True, interactive=False, verbosity=0)
    stamp.write_text(now)


def _fingerprint() -> str:
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def make_admin() -> str:
    """Make the first administrator. The password when it was made up here, else nothing."""
    users = get_user_model()
    if users.objects.filter(is_superuser=True).exists():
        return ""
    given = os.environ.get("HEADRACE_ADMIN_PASSWORD", "")
    password = given or secrets.token_urlsafe(12)
    users.objects.create_superuser(username=ADMIN, password=password)
    return "" if given else password
