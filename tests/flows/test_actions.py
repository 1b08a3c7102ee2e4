from __future__ import annotations

import contextlib
import json
import threading

import pytest
from django.db import connection, transaction

from apps.drawings.models import Document, Operation
from apps.flows.actions import clone_flow, create_flow, delete_flow, publish_flow, set_schedule, update_flow
from apps.flows.hosts import register_host
from apps.flows.models import Flow, FlowJob, Revision, Run
from apps.flows.runs import submit_flow
from apps.jobs.models import Frozen, Job
from apps.lib.errors import Conflict, Invalid, Unsupported
from apps.projects.actions import create_project, root_folder
from apps.projects.models import AuditEntry, Project, Tree, User
from tests.graphs import drawing, make_drawn_flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="p", by=ann)


@pytest.fixture
def job(project: Project) -> Job:
    folder = root_folder(project, Tree.JOB)
    return Job.objects.create(project=project, folder=folder, name="job", kind="SHELL", content="true")


def test_a_new_flow_is_drawn_with_start_and_end(project: Project, ann: User) -> None:
    flow = create_flow(project, name="f", by=ann)
    types = [node["attribute"]["type"] for node in json.loads(flow.document.text)["nodes"]]
    assert types == ["START", "END"]


def test_a_graph_is_given_back_as_it_came(project: Project, ann: User, job: Job) -> None:
    graph = drawing([], {"job": job}).replace(
        '"type": "node"', '"type": "node", "x": 250.0, "unknown": 1e2', 1
    )
    flow = create_flow(project, name="f", graph=graph, by=ann)
    assert Flow.objects.get(pk=flow.pk).document.text == graph


@pytest.mark.parametrize(
    ("graph", "code"),
    [
        ("{nodes", "bad_json"),
        ("[]", "not_an_object"),
        ('{"nodes": [], "edges": []}', "no_start"),
    ],
)
def test_a_graph_that_cannot_run_is_refused_and_nothing_is_stored(
    project: Project, ann: User, graph: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create_flow(project, name="f", graph=graph, by=ann)
    assert (refused.value.code, refused.value.field) == (code, "graph")
    assert not Flow.objects.exists()
    assert not Document.objects.exists()


def test_a_cycle_is_refused(project: Project, ann: User, job: Job) -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "b")]
    with pytest.raises(Invalid) as refused:
        create_flow(project, name="f", graph=drawing(edges, {}, job), by=ann)
    assert refused.value.code == "cycle"


def test_a_job_of_another_project_is_not_there(project: Project, ann: User, job: Job) -> None:
    other = create_project(name="other", by=ann)
    with pytest.raises(Invalid, match=f"FJ-{job.ref}"):
        create_flow(other, name="f", graph=drawing([], {"job": job}), by=ann)


@pytest.mark.parametrize("name", ["", "  ", "x" * 129])
def test_a_name_has_1_to_64_characters(project: Project, ann: User, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_flow(project, name=name, by=ann)
    assert refused.value.field == "name"


def test_a_name_is_taken_once_a_project(project: Project, ann: User) -> None:
    create_flow(project, name="f", by=ann)
    with pytest.raises(Conflict, match="already a flow called f"):
        create_flow(project, name="f", by=ann)
    create_flow(create_project(name="other", by=ann), name="f", by=ann)


def test_a_whole_new_graph_is_one_stored_operation(project: Project, ann: User, job: Job) -> None:
    flow = create_flow(project, name="f", by=ann)
    graph = drawing([], {"job": job})
    update_flow(flow, graph=graph, by=ann)
    assert Flow.objects.get().document.version == 2
    assert Operation.objects.get().ops[0]["op"] == "replace"


def test_which_jobs_a_flow_uses_follows_its_drawing(project: Project, ann: User, job: Job) -> None:
    flow = create_flow(project, name="f", graph=drawing([], {"job": job}), by=ann)
    assert FlowJob.objects.get().job == job
    other = Job.objects.create(project=project, folder=job.folder, name="other", kind="SHELL")
    update_flow(flow, graph=drawing([], {"other": other}), by=ann)
    assert FlowJob.objects.get().job == other


def test_flows_that_would_wait_for_each_other_are_refused(project: Project, ann: User) -> None:
    a = create_flow(project, name="a", by=ann)
    b = create_flow(project, name="b", parents=[a], by=ann)
    c = create_flow(project, name="c", parents=[b], by=ann)
    with pytest.raises(Invalid) as refused:
        update_flow(a, parents=[c], by=ann)
    assert refused.value.code == "cycle"
    with pytest.raises(Invalid):
        update_flow(a, parents=[a], by=ann)


def test_a_clone_has_a_name_of_its_own_and_a_schedule_that_is_off(
    project: Project, ann: User, job: Job
) -> None:
    flow = create_flow(project, name="f" * 128, graph=drawing([], {"job": job}), by=ann)
    set_schedule(flow, cron="0 0 3 * * ?", enabled=True)
    clone = clone_flow(flow, by=ann)
    again = clone_flow(flow, by=ann)
    assert len({flow.name, clone.name, again.name}) == 3
    assert len(clone.name) <= 128
    assert clone.document.text == flow.document.text
    assert clone.document_id != flow.document_id
    assert not clone.schedule.enabled
    assert clone.uses.get().job == job


def test_a_running_flow_is_not_deleted_and_an_ended_one_takes_its_runs_with_it(ann: User) -> None:
    flow = make_drawn_flow([("a", "b")], by=ann)
    run = submit_flow(flow, by=ann)
    with pytest.raises(Conflict, match="is running"):
        delete_flow(flow, by=ann)
    Run.objects.filter(pk=run.pk).update(ended_at=run.created_at, state="killed")
    delete_flow(flow, by=ann)
    assert not Run.objects.exists()
    assert not Document.objects.exists()
    assert AuditEntry.objects.filter(verb="delete", subject_kind="flow").exists()


def test_a_run_keeps_what_the_flow_and_its_jobs_were(project: Project, ann: User, job: Job) -> None:
    flow = create_flow(project, name="f", graph=drawing([], {"job": job}), by=ann)
    first = submit_flow(flow, by=ann)
    Job.objects.update(content="false")
    second = submit_flow(flow, by=ann)
    assert first.revision != second.revision
    contents = [run.node_runs.get(kind="SHELL").frozen.content for run in (first, second)]
    assert contents == ["true", "false"]


def test_a_run_passes_a_node_by_that_the_drawing_disables(project: Project, ann: User, job: Job) -> None:
    graph = drawing([("a", "b")], {"a": job, "b": job})
    graph = graph.replace('"label": "a"', '"label": "a", "headrace": {"disabled": true}')
    run = submit_flow(create_flow(project, name="f", graph=graph, by=ann), by=ann)
    states = dict(run.node_runs.values_list("node", "state"))
    assert (states["a"], states["b"]) == ("succeeded", "ready")


def test_nothing_changed_means_the_same_revision(project: Project, ann: User, job: Job) -> None:
    flow = create_flow(project, name="f", graph=drawing([], {"job": job}), by=ann)
    assert submit_flow(flow, by=ann).revision == submit_flow(flow, by=ann).revision
    assert Revision.objects.count() == Frozen.objects.count() == 1


def test_publishing_names_the_revision_and_refuses_what_cannot_run(
    project: Project, ann: User, job: Job
) -> None:
    flow = create_flow(project, name="f", graph=drawing([], {"job": job}), by=ann)
    assert publish_flow(flow, by=ann, message="first").number == 1
    empty = create_flow(project, name="empty", by=ann)
    Document.objects.filter(pk=empty.document_id).update(text='{"nodes": [], "edges": []}')
    with pytest.raises(Invalid):
        publish_flow(Flow.objects.get(pk=empty.pk), by=ann)


def test_what_is_stored_but_not_built_refuses_to_run_and_says_so(project: Project, ann: User) -> None:
    clusters = create_flow(project, name="clusters", create_cluster=True, by=ann)
    with pytest.raises(Unsupported, match="CreateCluster"):
        submit_flow(clusters, by=ann)
    assert not Run.objects.exists()


def test_a_host_that_the_cluster_does_not_have_holds_nothing_back(ann: User) -> None:
    flow = make_drawn_flow([("a", "b")], by=ann)
    update_flow(flow, host_name="emr-header-1.cluster-123456", by=ann)
    run = submit_flow(flow, by=ann)
    assert set(run.node_runs.values_list("host_name", flat=True)) == {""}
    assert run.revision.nodes[1]["host"] == "emr-header-1.cluster-123456"


def test_a_run_is_of_its_own_revision_even_when_a_rollback_gave_the_number_back(
    project: Project, ann: User, job: Job
) -> None:
    def flow_of(name: str, edges: list[tuple[str, str]]) -> Flow:
        return create_flow(project, name=name, graph=drawing(edges, {}, job), by=ann)

    long, short = flow_of("long", [("a", "b"), ("b", "c")]), flow_of("short", [("a", "b")])
    with pytest.raises(RuntimeError), transaction.atomic():
        submit_flow(long, by=ann)
        raise RuntimeError
    assert submit_flow(short, by=ann).node_runs.count() == 4


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_runs_that_are_started_at_once_share_one_revision() -> None:
    register_host()
    ann = User.objects.create(username="ann", is_superuser=True)
    flow = make_drawn_flow([("a", "b")], by=ann)
    submit_flow(flow, by=ann)
    update_flow(flow, by=ann, params={"day": "another"})
    together = threading.Barrier(4)
    started = []

    def start() -> None:
        together.wait()
        with contextlib.closing(connection):
            started.append(submit_flow(Flow.objects.get(pk=flow.pk), by=ann))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 4
    assert [revision.number for revision in Revision.objects.order_by("number")] == [1, 2]
