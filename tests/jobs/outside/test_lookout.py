"""What attempts have on a cluster is followed, and ended, and "gone" is only said when it is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from apps.engine.outside import Finish
from apps.jobs.kinds import KINDS
from apps.jobs.outside import drivers_of
from apps.jobs.outside.lookout import AFTERGLOW, Gone, Lookout, News, Subject
from tests.clusters import STAMP, Cluster

PATIENCE = 30.0


class StepByStep(Lookout):
    """Looks when it is told to, at the time it is told."""

    def __init__(self, cluster: Cluster | None) -> None:
        self.now = 1000.0
        super().__init__(PATIENCE, clock=lambda: self.now)
        self.drivers = drivers_of(cluster.endpoints) if cluster else []

    def _wake(self) -> None:
        pass

    def look(self, after: float = 5.0) -> list[News | Gone]:
        self.now += after
        self.step()
        return self.news()


@pytest.fixture
def lookout(cluster: Cluster) -> StepByStep:
    return StepByStep(cluster)


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return Subject(("tag-1",), tmp_path / "1.1.log", KINDS["MR"].outside)


def test_it_tells_what_changed_and_only_that(cluster: Cluster, lookout: StepByStep, subject: Subject) -> None:
    lookout.watch("1.1.1", subject)
    assert lookout.look() == []
    id = cluster.start_app(1, "tag-1")
    [news] = lookout.look()
    assert isinstance(news, News)
    assert [(job.id, job.progress) for job in news.jobs] == [(id, 12.5)]
    assert [container.host for container in news.containers[id]] == ["node-1", "node-2"]
    assert lookout.look() == []
    cluster.finish_app(id)
    [news] = lookout.look()
    assert [job.finish for job in news.jobs] == [Finish.SUCCEEDED]
    assert len(news.containers[id]) == 1


def test_ids_in_the_log_find_what_carries_no_tag(
    cluster: Cluster, lookout: StepByStep, subject: Subject
) -> None:
    application, job = cluster.start_app(1), cluster.start_app(2).replace("application", "job")
    lookout.watch("1.1.1", subject)
    subject.log.write_text(f"Submitted application {application[:20]}")
    lookout.look()
    with subject.log.open("a") as log:
        log.write(f"{application[20:]}\nRunning job: {job}\n")
    [news] = lookout.look()
    assert isinstance(news, News)
    assert [each.id for each in news.jobs] == sorted(cluster.apps)


def test_what_is_told_to_end_is_ended_and_then_called_gone(
    cluster: Cluster, lookout: StepByStep, subject: Subject
) -> None:
    id = cluster.start_app(1, "tag-1")
    lookout.end("1.1.1", subject)
    assert Gone("1.1.1") not in lookout.look(0)
    assert cluster.apps[id]["state"] == "KILLED"
    assert lookout.look(1)[-1] == Gone("1.1.1")
    assert lookout.look(1) == []


def test_what_does_not_end_is_named(cluster: Cluster, lookout: StepByStep, subject: Subject) -> None:
    id = cluster.start_app(1, "tag-1")
    cluster.stubborn.add(id)
    lookout.end("1.1.1", subject)
    lookout.look(0)
    lookout.look(PATIENCE - 1)
    gone = lookout.look(1)[-1]
    assert isinstance(gone, Gone)
    assert gone.why == f"still there 30 s after it was told to end: {id} (RUNNING)"


def test_without_an_answer_nothing_is_called_gone(
    cluster: Cluster, lookout: StepByStep, subject: Subject
) -> None:
    cluster.trouble = 503
    lookout.end("1.1.1", subject)
    assert lookout.look(0) == []
    [gone] = lookout.look(PATIENCE)
    assert isinstance(gone, Gone)
    assert "is not known" in gone.why
    assert "answered 503" in gone.why


def test_what_has_no_address_in_the_settings_is_not_called_gone(subject: Subject) -> None:
    lookout = StepByStep(None)
    subject.log.write_text(f"Submitted application application_{STAMP}_0001\n")
    lookout.end("1.1.1", subject)
    [gone] = lookout.look(0)
    assert isinstance(gone, Gone)
    assert gone.why.endswith(f"application_{STAMP}_0001 (yarn): the cluster's settings say no address of it")


def test_an_attempt_that_started_nothing_elsewhere_is_gone_at_once(subject: Subject) -> None:
    lookout = StepByStep(None)
    subject.log.write_text("nothing but words\n")
    lookout.end("1.1.1", subject)
    assert lookout.look(0) == [Gone("1.1.1")]


def test_what_goes_on_after_its_attempt_is_looked_at_for_a_while(
    cluster: Cluster, lookout: StepByStep, subject: Subject
) -> None:
    id = cluster.start_app(1, "tag-1")
    lookout.watch("1.1.1", subject)
    lookout.let_go("1.1.1")
    assert len(lookout.look()) == 1
    cluster.finish_app(id)
    assert len(lookout.look()) == 1
    asked = len(cluster.asked)
    lookout.look()
    assert len(cluster.asked) <= asked + 1  # nobody is watched any more
    cluster.start_app(2, "tag-1")
    assert lookout.look(AFTERGLOW) == []


def test_it_looks_by_itself(cluster: Cluster, subject: Subject) -> None:
    lookout = Lookout(PATIENCE)
    lookout.drivers = drivers_of(cluster.endpoints)
    cluster.start_app(1, "tag-1")
    lookout.end("1.1.1", subject)
    give_up_at = time.monotonic() + 20
    said: list[News | Gone] = []
    while Gone("1.1.1") not in said:
        assert time.monotonic() < give_up_at
        said += lookout.news()
        time.sleep(0.02)
