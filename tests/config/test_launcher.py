"""The launcher from outside: what it starts, restarts, stops, refuses and leaves behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.installation import ROOT, Installation

pytestmark = pytest.mark.stack

SERVICES = {"broker", "web", "worker", "warden", "scheduler"}


def wait_until(condition: Callable[[], bool], patience: float = 60.0) -> None:
    give_up_at = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come about"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_service_that_is_killed_is_started_again(own_stack: Installation) -> None:
    own_stack.start()
    for name in sorted(SERVICES):
        before = own_stack.services()[name]
        os.kill(before, signal.SIGKILL)
        wait_until(lambda name=name, before=before: own_stack.services().get(name, before) != before)
    own_stack.wait_until_up()
    assert all(is_alive(pid) for pid in own_stack.services().values())


def test_a_killed_launcher_leaves_nothing_and_the_next_start_works(own_stack: Installation) -> None:
    own_stack.start()
    services = own_stack.services()
    assert set(services) == SERVICES
    own_stack.stop(signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in services.values()), 20)
    own_stack.start()
    assert not set(own_stack.services().values()) & set(services.values())


def test_a_start_right_after_a_kill_waits_for_what_is_left(own_stack: Installation) -> None:
    own_stack.start()
    before = own_stack.services()
    own_stack.stop(signal.SIGKILL)
    own_stack.start()
    assert not any(is_alive(pid) for pid in before.values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_everything_in_order(own_stack: Installation, number: signal.Signals) -> None:
    own_stack.start()
    services = own_stack.services()
    own_stack.stop(number)
    assert not any(is_alive(pid) for pid in services.values())
    assert own_stack.output().rstrip().endswith("stopped")
    stopped = [line.split()[3] for line in own_stack.output().splitlines() if " | stopped " in line]
    assert stopped == ["web", "scheduler", "warden", "worker", "broker"]


def test_jobs_go_on_when_it_stops_and_are_taken_over_at_the_next_start(own_stack: Installation) -> None:
    started, go_on = own_stack.home / "started", own_stack.home / "go-on"
    own_stack.start()
    run = own_stack.submit(
        f"echo $$ >> {started}; until [ -e {go_on} ]; do sleep 0.1; done; echo done >> {started}"
    )
    wait_until(lambda: started.exists() and started.read_text().endswith("\n"))
    own_stack.stop()
    assert "jobs that go on: 1" in own_stack.output()
    assert is_alive(int(started.read_text()))
    own_stack.start()
    go_on.touch()
    wait_until(lambda: own_stack.run_state(run) == "succeeded")
    assert len(started.read_text().split()) == 2  # it ran once, to its end


def test_being_told_twice_ends_the_jobs_too(own_stack: Installation) -> None:
    started = own_stack.home / "started"
    own_stack.start()
    run = own_stack.submit(f"echo $$ > {started}; exec sleep 600")
    wait_until(started.exists)
    launcher = own_stack.launcher
    assert launcher is not None
    launcher.send_signal(signal.SIGINT)
    wait_until(lambda: "jobs that go on: 1" in own_stack.output())
    own_stack.stop()
    assert not is_alive(int(started.read_text()))
    assert own_stack.run_state(run) == "killed"


def test_a_second_instance_of_a_home_is_refused(own_stack: Installation) -> None:
    own_stack.start()
    second = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "up", "--port", "1"],
        env=own_stack.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode != 0
    assert "already running" in second.stderr
    assert str(own_stack.launcher and own_stack.launcher.pid) in second.stderr
    assert own_stack.health()[0] == 200


def test_a_port_in_use_is_refused_before_anything_starts(own_stack: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", own_stack.port))
        taken.listen()
        with pytest.raises(AssertionError, match=f"Port {own_stack.port}"):
            own_stack.start()
    assert not (own_stack.home / "services.json").exists()


def test_a_broker_that_cannot_read_its_file_starts_with_an_empty_one(own_stack: Installation) -> None:
    folder = own_stack.home / "broker" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("this is no manifest\n")
    own_stack.start()
    assert "set aside" in own_stack.output()
    assert list(own_stack.home.glob("broker.spoilt-*/appendonlydir/*"))


def test_the_first_start_makes_private_keys_and_says_the_password_once(new_stack: Installation) -> None:
    del new_stack.environment["HEADRACE_ADMIN_PASSWORD"]
    new_stack.start()
    for file in ("seal.key", "secret.key"):
        assert stat.S_IMODE((new_stack.home / file).stat().st_mode) == 0o600
    assert stat.S_IMODE(new_stack.home.stat().st_mode) == 0o700
    new_stack.stop()
    new_stack.start()
    assert new_stack.output().count("password ") == 1


def test_it_starts_without_node_npm_and_msgfmt(new_stack: Installation, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "bash", "env", "cat", "sleep", "true", "cut", "sort", "awk", "date", "git", "make"):
        if found := shutil.which(tool):
            (tools / tool).symlink_to(found)
    new_stack.environment["PATH"] = str(tools)
    new_stack.start()
    assert new_stack.health()[0] == 200


def test_make_up_with_the_parent_killed_ends(new_stack: Installation) -> None:
    """`make` is killed with -9: the launcher that it started ends as well."""
    shell = subprocess.Popen(
        ["sh", "-c", f"{sys.executable} manage.py up --tied >/dev/null 2>&1; true"],
        cwd=ROOT,
        env=new_stack.environment,
        start_new_session=True,
    )
    wait_until(lambda: new_stack.health()[0] == 200)
    services = new_stack.services()
    shell.kill()
    shell.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in services.values()))
