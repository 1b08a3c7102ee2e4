"""What a job gets of us, and what it and others of the machine cannot reach."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.engine.states import State
from apps.flows.contexts import INHERITED
from apps.flows.models import Run
from apps.flows.runs import submit_job
from apps.flows.warden import Warden
from apps.jobs.logs import log_path, run_folder
from apps.projects.actions import create_project, set_variable
from apps.projects.models import Project, User
from tests.flows.at_work import log_of, make_job, node_of, work_off
from tests.installation import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = 65534
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="mill", by=ann)


@pytest.fixture
def run_of(make_warden: Callable[[], Warden], project: Project, ann: User) -> Callable[..., Run]:
    def run(content: str, kind: str = "SHELL", of: Project = project) -> Run:
        made = submit_job(make_job(of, "job", content, kind=kind), by=ann)
        return work_off(make_warden(), made)

    return run


def test_a_job_gets_its_own_environment_and_nothing_of_our_settings(
    run_of: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "HEADRACE_SEAL_KEYS", "HEADRACE_OBJECTS_SECRET", "PYTHONPATH"):
        monkeypatch.setenv(name, "canary-of-ours")
    log = log_of(run_of("env"), "job")
    names = {line.partition("=")[0] for line in log.splitlines() if "=" in line}
    told = {"HEADRACE_RUN", "HEADRACE_NOMINAL_TIME", "HEADRACE_NODE", "HEADRACE_ATTEMPT", "HEADRACE_RUN_DIR"}
    of_shells = {"PWD", "SHLVL", "OLDPWD", "_"}
    assert told | {"HEADRACE_OUTPUTS"} <= names
    assert names <= told | {"HEADRACE_OUTPUTS"} | of_shells | set(INHERITED)
    assert "canary-of-ours" not in log


def test_a_job_has_no_files_of_ours_open_and_a_session_of_its_own(run_of: Callable[..., Run]) -> None:
    script = (
        "import os\n"
        "opened = {n: os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')"
        " if os.path.exists(f'/proc/self/fd/{n}')}\n"
        "print('OPEN', sorted(opened), os.getsid(0) == os.getpid() or os.getsid(0) == os.getppid())\n"
    )
    log = log_of(run_of(script, kind="PYTHON"), "job")
    assert "OPEN ['0', '1', '2'] True" in log


def test_what_a_job_writes_is_for_its_user_alone(run_of: Callable[..., Run]) -> None:
    run = run_of("echo secret > result; mkdir folder; umask")
    folder = run_folder(run.uid)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert [path for path, mode in modes.items() if mode & 0o077] == []
    assert "0077" in log_of(run, "job")


@as_root
def test_another_user_of_the_machine_reaches_nothing_of_ours(
    run_of: Callable[..., Run], settings: Any
) -> None:
    run = run_of("echo printed; echo kept > kept")
    home, runtime = Path(settings.HEADRACE_HOME), Path(settings.HEADRACE_RUNTIME)
    files = [
        log_path(run.uid, node_of(run, "job").ordinal, 1),
        run_folder(run.uid) / "work" / "kept",
        home / "seal.key",
        home / "secret.key",
    ]
    assert all(path.exists() for path in files)
    for path in files:
        told = subprocess.run(["cat", str(path)], user=NOBODY, group=NOBODY, extra_groups=[], stderr=-1)
        assert told.returncode
        assert b"ermission denied" in told.stderr
    assert stat.S_IMODE((runtime / "shepherd.sock").stat().st_mode) == 0o600


@pytest.mark.parametrize(("traceable", "shown"), [("false", False), ("true", True)])
def test_a_process_of_the_same_user_cannot_read_the_environment_of_our_services(
    tmp_path: Path, traceable: str, shown: bool
) -> None:
    # Root without its capabilities is a user as any other.
    plain = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.getuid() == 0 else []
    if plain and not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed")
    script = "import apps.config.asgi; print('up', flush=True); import time; time.sleep(60)"
    env = {"HEADRACE_HOME": str(tmp_path), "DATABASE_URL": "postgres://u:canary@db/x"}
    env |= {"HEADRACE_TRACEABLE": traceable}
    command = [*plain, sys.executable, "-c", script]
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE) as service:
        assert service.stdout
        assert service.stdout.readline() == b"up\n"
        told = subprocess.run([*plain, "cat", f"/proc/{service.pid}/environ"], capture_output=True)
        service.kill()
    assert (b"canary" in told.stdout) is shown


def test_a_job_gets_no_variable_of_another_project(run_of: Callable[..., Run], ann: User) -> None:
    other = create_project(name="other", by=ann)
    set_variable(other, name="token", value="canary-of-another", secret=True, by=ann)
    run = run_of("echo '${token}'; env")
    assert run.state == State.SUCCEEDED
    log = log_of(run, "job")
    assert "${token}" in log
    assert "canary-of-another" not in log
