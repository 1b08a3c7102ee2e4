"""Two hosts that are real: an installation, and the wardens of more machines on its database."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.installation import ROOT, Installation, heed_signals

pytestmark = [pytest.mark.stack, pytest.mark.slow]

PATIENCE = 90.0

SUBMIT = """
from apps.flows.runs import submit_flow
from apps.projects.models import Project, User
from tests.factories import make_flow, make_project
by = User.objects.get(username="admin")
project = make_project(by, "grist %d" % Project.objects.count())
for place, (host, job) in enumerate({nodes!r}):
    flow = make_flow(project, "flow %d" % place, a=[], jobs=dict(a=job), settings=dict(host_name=host))
    print(submit_flow(flow, by=by).ref)
"""
#: Looked for in one process, so that what a test does about it is done soon after it happens.
WAIT = """
import time
from django.utils import timezone
from apps.flows.models import Attempt, NodeRun, Recovery, Run
from apps.lib.ids import read
from apps.projects.models import Host

def states(refs):
    return [Run.objects.get(uid=read(ref)).state for ref in refs]

def attempts(ref):
    rows = Attempt.objects.filter(node_run__run__uid=read(ref)).order_by("number")
    return [(str(row.end), row.host.name) for row in rows.select_related("host")]

def ended(host):
    return sum(Recovery.objects.filter(act="orphans_ended", host__name=host).values_list("count", flat=True))

seen_at = dict()

def is_known(name):
    heard = Host.objects.filter(silent_at=None)
    if not heard.filter(name=name).exists():
        return False
    # A sign of life from before it was there says nothing about it.
    seen_at.setdefault(name, timezone.now())
    return not heard.exclude(heartbeat_at__gt=seen_at[name]).exists()

give_up_at = time.monotonic() + {patience}
while not ({condition}):
    assert time.monotonic() < give_up_at, list(Recovery.objects.values_list("act", "host__name", "why"))
    time.sleep(0.1)
print({tell})
"""


class Mill:
    """Another host of an installation: its warden, and the shepherd that this one starts."""

    def __init__(self, installation: Installation, name: str) -> None:
        self.home = installation.home
        self.runtime = Path(tempfile.mkdtemp(prefix="headrace-", dir="/tmp"))
        broker = (installation.home / "run" / "broker.sock").resolve()
        own = {
            "HEADRACE_HOST": name,
            "HEADRACE_ROLE": "worker",
            "HEADRACE_RUNTIME": str(self.runtime),
            "REDIS_URL": f"unix://{broker}",
        }
        with (installation.home.parent / f"{name}.out").open("ab") as log:
            self.warden = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "service", "warden"],
                cwd=ROOT,
                env=installation.environment | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=heed_signals,
            )

    def cut_off(self) -> None:
        """Stop what speaks for the host; its jobs go on."""
        self._send(signal.SIGSTOP)
        while not self._may_others_write():
            # A host that loses its network loses its transaction; one that is stopped would keep it open.
            self._send(signal.SIGCONT)
            time.sleep(0.05)
            self._send(signal.SIGSTOP)

    def come_back(self) -> None:
        self._send(signal.SIGCONT)

    def close(self) -> None:
        self._send(signal.SIGKILL)
        self.warden.wait(PATIENCE)
        shutil.rmtree(self.runtime, ignore_errors=True)

    def _send(self, number: signal.Signals) -> None:
        for pid in (self.warden.pid, *self._shepherds()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)

    def _shepherds(self) -> list[int]:
        socket = os.fsencode(self.runtime / "shepherd.sock")
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if socket in (folder / "cmdline").read_bytes().split(b"\0"):
                    found.append(os.getpgid(int(folder.name)))
        return found

    def _may_others_write(self) -> bool:
        with contextlib.closing(sqlite3.connect(self.home / "headrace.sqlite3", timeout=1)) as link:
            try:
                link.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            link.rollback()
            return True


@pytest.fixture
def start_mill(own_stack: Installation) -> Iterator[Callable[[str], Mill]]:
    with contextlib.ExitStack() as mills:

        def start(name: str) -> Mill:
            mill = Mill(own_stack, name)
            mills.callback(mill.close)
            # With its sign of life a host looks which others there are, and what is left to it.
            wait(own_stack, f"is_known({name!r})")
            return mill

        yield start


def start(installation: Installation, **environment: str) -> None:
    installation.environment |= {
        "HEADRACE_HOST": "mill-1",
        "HEADRACE_SLOTS": "4",
        "HEADRACE_KILL_GRACE": "1",
        **environment,
    }
    installation.start()


def submit(installation: Installation, *nodes: tuple[str, dict[str, Any]]) -> list[str]:
    """A run for each host that is named ("" is none) and job of its only node. Their refs."""
    return installation.shell(SUBMIT.format(nodes=nodes)).split()


def wait(installation: Installation, condition: str, tell: str = "''") -> str:
    """Wait until a condition on the database holds. What there is to tell then."""
    return installation.shell(WAIT.format(condition=condition, tell=tell, patience=PATIENCE))


def wait_for_lines(path: Path, *lines: str) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not path.exists() or not set(lines) <= set(path.read_text().splitlines()):
        assert time.monotonic() < give_up_at, f"{path} does not get {lines}"
        time.sleep(0.02)


def yarn(content: str, **fields: str) -> tuple[str, dict[str, Any]]:
    return "", {"content": content, "mode": "YARN", **fields}


def test_nodes_run_on_the_hosts_that_their_mode_and_their_name_choose(
    own_stack: Installation, start_mill: Callable[[str], Mill]
) -> None:
    start(own_stack)
    start_mill("mill-2")
    asked = [("mill-2", "LOCAL"), *[("", "YARN"), ("", "LOCAL")] * 3, ("mill-1", "YARN"), ("mill-2", "YARN")]
    refs = submit(own_stack, *[(host, {"content": "true", "mode": mode}) for host, mode in asked])
    refused, *taken = refs
    told = (
        f"[attempts(ref) for ref in {refs}], NodeRun.objects.get(run__uid=read({refused!r}), node='a').state"
    )
    seen = wait(own_stack, f"set(states({taken})) == {{'succeeded'}}", told)
    hosts = ["mill-2", "mill-1"] * 3 + ["mill-1", "mill-2"]
    # Mode LOCAL never runs on a worker: what asks for that waits.
    assert seen == f"{[[], *[[('succeeded', host)] for host in hosts]]} ready"


def test_a_host_that_is_cut_off_and_back_in_time_ends_the_attempt_that_it_had(
    own_stack: Installation, start_mill: Callable[[str], Mill], tmp_path: Path
) -> None:
    start(own_stack, HEADRACE_SILENT_AFTER="7", HEADRACE_LOST_AFTER="600")
    mill = start_mill("mill-2")
    marks, go = tmp_path / "marks", tmp_path / "go"
    content = f"echo begun >> {marks}; while [ ! -e {go} ]; do sleep 0.05; done; echo ended >> {marks}"
    (ref,) = submit(own_stack, yarn(content))
    wait_for_lines(marks, "begun")
    mill.cut_off()
    wait(own_stack, "Host.objects.filter(name='mill-2', silent_at__isnull=False).exists()")
    go.touch()
    wait_for_lines(marks, "ended")  # while nobody hears of it
    mill.come_back()
    seen = wait(own_stack, f"states([{ref!r}]) != ['running']", f"states([{ref!r}]), attempts({ref!r})")
    assert seen == "['succeeded'] [('succeeded', 'mill-2')]"
    assert marks.read_text().split() == ["begun", "ended"]


def test_what_a_lost_host_had_follows_the_policy_of_its_job_and_is_ended_on_its_return(
    own_stack: Installation, start_mill: Callable[[str], Mill], tmp_path: Path
) -> None:
    start(own_stack, HEADRACE_SILENT_AFTER="7", HEADRACE_LOST_AFTER="15")
    mill = start_mill("mill-2")
    marks, go = tmp_path / "marks", tmp_path / "go"
    begin = f"echo %s begun $HEADRACE_ATTEMPT >> {marks}; "
    hang = "[ $HEADRACE_ATTEMPT != 1 ] || sleep 600"
    until_told = f"while [ ! -e {go} ]; do sleep 0.05; done; echo late ended >> {marks}"
    refs = submit(
        own_stack,
        yarn(begin % "again" + hang),
        yarn(begin % "once" + hang, loss_policy="at_most_once"),
        yarn(begin % "late" + until_told, loss_policy="at_most_once"),
    )
    wait_for_lines(marks, "again begun 1", "once begun 1", "late begun 1")
    mill.cut_off()
    start_mill("mill-3")
    wait(own_stack, f"states({refs}) == ['succeeded', 'failed', 'failed']")
    go.touch()
    wait_for_lines(marks, "late ended")  # well, and too late
    mill.come_back()
    wait(own_stack, "ended('mill-2') == 2")
    # Its warden works again, so it has seen by now all that its shepherd had to tell.
    (fresh,) = submit(own_stack, ("mill-2", {"content": "true", "mode": "YARN"}))
    wait(own_stack, f"states([{fresh!r}]) == ['succeeded']")
    seen = wait(own_stack, "True", f"states({refs}), [attempts(ref) for ref in {refs}]")
    lost = ("lost", "mill-2")
    assert seen == f"{['succeeded', 'failed', 'failed']} {[[lost, ('succeeded', 'mill-3')], [lost], [lost]]}"
    begun = [line for line in marks.read_text().splitlines() if "begun" in line]
    assert sorted(begun) == ["again begun 1", "again begun 2", "late begun 1", "once begun 1"]
