"""While somebody keeps a flow or a job for themselves, nobody else changes it in any way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.drawings.locks import Locked, take_lock
from apps.drawings.models import Lock
from apps.flows.actions import delete_flow, follow_draft, publish_flow, update_flow, withdraw_flow
from apps.flows.models import Flow
from apps.flows.versions import of_revision, restore
from apps.jobs.actions import delete_job, update_job
from apps.jobs.models import Job
from apps.projects.models import User

pytestmark = pytest.mark.django_db

WAYS: dict[str, Callable[[Flow, User], object]] = {
    "settings": lambda flow, by: update_flow(flow, by=by, description="changed"),
    "folder": lambda flow, by: update_flow(flow, by=by, folder=flow.folder),
    "schedule": lambda flow, by: update_flow(flow, by=by, schedule={"cron": "0 0 1 * * ?"}),
    "publish": lambda flow, by: publish_flow(flow, by=by, message="again"),
    "withdraw": lambda flow, by: withdraw_flow(flow, by=by),
    "follow the draft": lambda flow, by: follow_draft(flow, by=by),
    "restore": lambda flow, by: restore(flow, of_revision(flow.published), by=by),
    "delete": lambda flow, by: delete_flow(flow, by=by),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_locked_flow_is_changed_by_its_holder_alone(flow: Flow, ann: User, way: str) -> None:
    publish_flow(flow, by=ann)
    graph = flow.document.text.replace('"nodes"', ' "nodes"', 1)
    update_flow(flow, by=ann, graph=graph)
    carol = User.objects.create(username="carol")
    take_lock(flow.edit_subject, by=ann)
    with pytest.raises(Locked):
        WAYS[way](Flow.objects.get(pk=flow.pk), carol)
    WAYS[way](Flow.objects.get(pk=flow.pk), ann)


def test_a_locked_job_is_changed_and_deleted_by_its_holder_alone(flow: Flow, ann: User) -> None:
    job = Job.objects.filter(project=flow.project).first()
    assert job is not None
    delete_flow(flow, by=ann)
    carol = User.objects.create(username="carol")
    take_lock(job.edit_subject, by=ann)
    for change in (lambda: update_job(job, by=carol, description="x"), lambda: delete_job(job, by=carol)):
        with pytest.raises(Locked):
            change()
    delete_job(job, by=ann)
    assert not Lock.objects.exists()
