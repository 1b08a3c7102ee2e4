"""A driver that a Spark master started on a worker goes with the attempt that asked for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.engine.outside import Finish
from apps.engine.states import State
from apps.flows.cluster_jobs import cluster_jobs_of
from apps.flows.runs import kill_run, submit_job
from apps.jobs.outside import drivers_of
from apps.projects.models import Cluster, Project, User
from tests.flows.at_work import make_job, node_of, until, work_off
from tests.spark.conftest import PATIENCE, AtWork, Standalone, compiled

pytestmark = pytest.mark.django_db(transaction=True)

SLEEPER = "object Sleeper { def main(words: Array[String]): Unit = Thread.sleep(600000) }\n"


def test_a_driver_on_a_worker_is_found_by_its_id_and_ended(
    at_work: AtWork, project: Project, ann: User, standalone: Standalone, settings, tmp_path: Path
) -> None:
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    endpoints = {"spark": standalone.rest}
    Cluster.objects.update(endpoints=endpoints)
    (tmp_path / "Sleeper.scala").write_text(SLEEPER)
    jar = compiled(tmp_path / "Sleeper.scala", tmp_path)
    content = f"--master {standalone.master} --deploy-mode cluster --driver-memory 500m --class Sleeper {jar}"
    run = submit_job(make_job(project, "sleeper", content, kind="SPARK"), by=ann)
    at_work.warden.outside.lookout.interval = 0.5
    jobs = cluster_jobs_of(node_of(run, "sleeper"), 1)
    until(at_work.warden, lambda: jobs.filter(state="RUNNING").exists(), PATIENCE)
    kill_run(run, by=ann)
    assert work_off(at_work.warden, run, PATIENCE).state == State.KILLED
    [driver] = drivers_of(endpoints)
    [job] = driver.find((), [jobs.get().ident])
    assert (job.state, job.finish) == ("KILLED", Finish.KILLED)
