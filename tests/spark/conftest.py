"""A host that has Spark, Hive and Hadoop on its PATH, as `make test-spark` installs them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.flows.hosts import register_host
from apps.flows.models import Run
from apps.flows.queries import result_rows
from apps.flows.warden import Warden
from apps.projects.actions import create_project
from apps.projects.models import Project, User
from tests.flows.at_work import abandon, log_of, node_of, work_off
from tests.installation import ROOT, free_port

HERE = Path(__file__).parent
PROGRAMS = HERE / "host" / "bin"
#: Seconds that a job may take here: the machine may be busy with something else.
PATIENCE = 240.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = not (ROOT / ".venv-spark" / "ready").exists()
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.spark)
            item.add_marker(pytest.mark.timeout(2 * PATIENCE))
            if missing:
                item.add_marker(pytest.mark.skip(reason="no Spark here: make test-spark installs one"))


@pytest.fixture
def ann(db: None) -> User:
    register_host()
    return User.objects.create(username="ann", is_superuser=True)


@pytest.fixture
def project(ann: User, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose jobs find the programs."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}:{os.environ['PATH']}")
    for name in [name for name in os.environ if name.endswith("_HOME") and name != "HEADRACE_HOME"]:
        monkeypatch.delenv(name)
    return create_project(name="spark tests", by=ann)


@dataclass(frozen=True)
class AtWork:
    """A warden with a real shepherd, that has the time which such jobs need."""

    warden: Warden

    def finish(self, run: Run) -> Run:
        done = work_off(self.warden, run, PATIENCE)
        assert done.state == "succeeded", "\n".join(_logs(done))
        return done


@pytest.fixture
def at_work(project: Project) -> Iterator[AtWork]:
    warden = Warden(register_host())
    yield AtWork(warden)
    abandon(warden)


def _logs(run: Run) -> list[str]:
    names = run.node_runs.exclude(kind__in=("START", "END")).values_list("name", flat=True)
    return [f"--- {name}\n{log_of(run, name)}" for name in names if node_of(run, name).attempt]


def rows_of(run: Run, name: str) -> tuple[list[str], list[list[str]]]:
    header, rows, _ = result_rows(run, node_of(run, name), 0, 100)
    return header, rows


@pytest.fixture(scope="session")
def word_count(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A jar with a job of MapReduce, which names no main class itself."""
    return compiled(HERE / "WordCount.scala", tmp_path_factory.mktemp("word-count"))


def compiled(source: Path, folder: Path) -> Path:
    """The jar of a source, by the Scala that Spark brings."""
    classes = folder / "classes"
    classes.mkdir()
    subprocess.run([PROGRAMS / "scalac", "-d", classes, source], check=True)
    return Path(shutil.make_archive(str(folder / "app"), "zip", classes)).rename(folder / "app.jar")


@dataclass(frozen=True)
class Daemon:
    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, port: int) -> None:
        give_up_at = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < give_up_at, self.log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.2)


def start(folder: Path, name: str, *argv: object) -> Daemon:
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        words = list(map(str, argv))
        process = subprocess.Popen(words, cwd=folder, stdout=out, stderr=out, start_new_session=True)
    return Daemon(process, log)


def stop(daemon: Daemon) -> None:
    os.killpg(daemon.process.pid, signal.SIGKILL)
    daemon.process.wait()


@pytest.fixture(scope="session")
def hive_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where Spark's Hive server answers: a catalog of its own, and JDBC as Hive's has it."""
    folder, port = tmp_path_factory.mktemp("hive"), free_port()
    options = {
        "hive.server2.thrift.port": port,
        "hive.server2.thrift.bind.host": "127.0.0.1",
        "javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder}/metastore;create=true",
    }
    words = [word for name, value in options.items() for word in ("--hiveconf", f"{name}={value}")]
    conf = ("spark.sql.catalogImplementation=hive", f"spark.sql.warehouse.dir={folder}/warehouse")
    conf_words = [word for each in conf for word in ("--conf", each)]
    main = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
    command = [PROGRAMS / "spark-submit", *conf_words, "--class", main, "spark-internal", *words]
    daemon = start(folder, "server", *command)
    daemon.wait_for(port)
    yield f"jdbc:hive2://127.0.0.1:{port}/default"
    stop(daemon)


@dataclass(frozen=True)
class Standalone:
    master: str
    rest: str


@pytest.fixture
def standalone(tmp_path: Path) -> Iterator[Standalone]:
    """A Spark cluster of its own: a master, and a worker that runs drivers."""
    port, rest = free_port(), free_port()
    deploy = "org.apache.spark.deploy"
    environment = f"SPARK_MASTER_OPTS=-Dspark.master.rest.port={rest}"
    where = ("--host", "127.0.0.1", "--webui-port", "0")
    master = start(
        tmp_path, "master", "env", environment, PROGRAMS / "spark-class", f"{deploy}.master.Master",
        *where, "--port", port,
    )  # fmt: skip
    master.wait_for(rest)
    size = ("--cores", "2", "--memory", "1g", "--work-dir", tmp_path / "work")
    worker = start(
        tmp_path, "worker", PROGRAMS / "spark-class", f"{deploy}.worker.Worker",
        *where, *size, f"spark://127.0.0.1:{port}",
    )  # fmt: skip
    yield Standalone(f"spark://127.0.0.1:{port}", f"http://127.0.0.1:{rest}")
    for daemon in (worker, master):
        stop(daemon)
