from __future__ import annotations

import pytest

from apps.drawings.actions import apply_operations
from apps.flows.checks import problems_around, problems_with
from apps.flows.models import Flow
from apps.jobs.actions import update_job
from apps.jobs.models import Job
from apps.projects.actions import link_cluster
from apps.projects.models import Cluster, Host
from tests.flows.pages import HTMX


def edit(flow: Flow, *path: str, node: str = "north", value: str = "") -> Flow:
    op = {"op": "set", "of": "node", "id": node, "path": list(path), "value": value}
    apply_operations(flow.document, base_version=flow.document.version, ops=[op], by=None)
    return Flow.objects.get(pk=flow.pk)


def found(flow: Flow) -> list[tuple[str, tuple[str, ...], str]]:
    return [(problem.code, problem.nodes, problem.severity) for problem in problems_around(flow)]


def job(flow: Flow, name: str):
    return flow.uses.get(job__name=name).job


def test_a_flow_that_is_right_has_no_problems(flow, ann):
    assert found(flow) == []
    assert problems_with(flow.document) == []


def test_a_job_that_is_not_in_the_project_is_told(flow, ann):
    flow = edit(flow, "attribute", "jobId", value="FJ-0000000000000001")
    assert found(flow) == [("unknown_job", ("north",), "error")]


def test_a_host_that_the_cluster_does_not_have_is_a_warning(flow, ann):
    flow = edit(flow, "config", "hostName", value="nowhere")
    assert found(flow) == [("unknown_host", ("north",), "warning")]


def test_with_several_hosts_one_that_is_not_there_or_not_allowed_is_an_error(flow, ann):
    local = Cluster.objects.get(name="local")
    Host.objects.create(cluster=local, name="w1", role=Host.Role.CORE)
    Host.objects.create(cluster=local, name="g1", role=Host.Role.GATEWAY)
    flow = edit(flow, "config", "hostName", value="nowhere")
    assert found(flow) == [("unknown_host", ("north",), "error")]
    flow = edit(flow, "config", "hostName", value="w1")
    assert found(flow) == [("wrong_host", ("north",), "error")]
    flow.project.cluster_settings.update(hosts=["g1"])
    assert found(flow) == [("barred_host", ("north",), "error")]
    flow = edit(flow, "config", "hostName", value="g1")
    assert found(flow) == []


def test_a_cluster_that_is_not_here_is_told_and_passed_over(flow, ann):
    flow = edit(flow, "config", "clusterId", value="C-0000000000000001")
    assert found(flow) == [("unknown_cluster", ("north",), "warning")]


def test_a_cluster_without_hosts_is_told_once_for_all_its_nodes(flow, ann):
    flow.cluster = Cluster.objects.create(name="empty")
    flow.save()
    assert {code for code, *_ in found(flow)} == {"barred_cluster"}
    link_cluster(flow.project, flow.cluster, by=ann)
    [(code, nodes, severity)] = found(flow)
    assert (code, len(nodes), severity) == ("empty_cluster", 4, "error")


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("echo ${yyyy-MM-dd-1d} ${HOME} ${name:-x} $((1+1))", False),
        ("echo ${yyyy-MM-dd-1w}", True),
        ("echo ${yyyyMMDD}", True),
    ],
)
def test_what_looks_like_a_time_and_is_none_is_a_warning(flow, ann, content, wrong):
    update_job(job(flow, "north"), by=ann, content=content)
    assert found(flow) == ([("wrong_parameter", ("north",), "warning")] if wrong else [])


def test_a_file_that_is_not_in_the_store_is_a_warning(flow, ann):
    update_job(job(flow, "north"), by=ann, resources=[("ossref://bucket/no/such.jar", "")])
    assert found(flow) == [("unknown_resource", ("north",), "warning")]


def test_checking_takes_as_many_queries_for_many_nodes_as_for_few(flow, ann, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        problems_around(flow)


def test_the_page_asks_again_what_is_wrong_after_a_job_changed(flow, ann, bob, charlie):
    update_job(job(flow, "north"), by=ann, content="${yyyy-MM-dd-1w}")
    told = bob.get(f"/flows/{flow.ref}/problems/").json()["problems"]
    assert [problem["code"] for problem in told] == ["wrong_parameter"]
    assert charlie.get(f"/flows/{flow.ref}/problems/").status_code == 404


def test_the_lab_tells_what_parameters_become_on_a_date_as_they_stand_unsaved(flow, ann, bob):
    flow.params = {"region": "north"}
    flow.save()
    ref = job(flow, "report").ref
    given = {
        "content": "${yyyy-MM-dd-1m} ${region} ${month} ${who}",
        "params_text": '{"month": "${yyyyMM}"}',
        "lab_at": "2024-03-31T08:00",
    }
    page = bob.post(f"/flows/{flow.ref}/lab/?job={ref}", given, headers=HTMX).content.decode()
    for value in ("2024-02-29", "north", "202403", "Unknown name"):
        assert value in page


def test_the_lab_reads_what_is_written_for_dataworks(flow, ann, bob):
    one = job(flow, "report")
    type(one).objects.filter(pk=one.pk).update(source_dialect="dataworks")
    given = {
        "content": "${day} ${hour}",
        "params_text": '{"day": "$bizdate", "hour": "$[hh24-1/24]", "bad": "$[nothing]"}',
        "lab_at": "2024-03-31T08:00",
    }
    page = bob.post(f"/flows/{flow.ref}/lab/?job={one.ref}", given, headers=HTMX).content.decode()
    assert "20240330" in page
    assert ">07<" in page
    assert 'class="is-wrong"' in page


def test_the_lab_says_what_is_wrong_with_parameters_and_shows_no_secret(flow, ann, people, bob, charlie):
    flow.project.variables.create(name="token", value="very-secret", secret=True)
    ref = job(flow, "report").ref
    url = f"/flows/{flow.ref}/lab/?job={ref}"
    assert "very-secret" not in bob.post(url, {"content": "${token}"}).content.decode()
    assert "danger-text" in bob.post(url, {"params_text": "{day: 1}"}).content.decode()
    assert bob.post(url, {"lab_at": "2024-99-99T99:99"}).status_code == 200
    assert bob.post(f"/flows/{flow.ref}/lab/?job=nothing").status_code == 404
    assert charlie.post(url).status_code == 404


def test_who_locks_a_flow_edits_alone_until_it_is_given_back_or_taken_over(flow, people, alice, bob):
    url = f"/flows/{flow.ref}/lock/"
    bob.post(url, {"do": "take"})
    assert "has locked this flow" in alice.get(f"/flows/{flow.ref}/edit/").content.decode()
    assert 'mode="view"' in alice.get(f"/flows/{flow.ref}/edit/").content.decode()
    assert "Only you can edit" in bob.get(f"/flows/{flow.ref}/edit/").content.decode()
    alice.post(url, {"do": "take"})
    assert 'mode="view"' in alice.get(f"/flows/{flow.ref}/edit/").content.decode()
    alice.post(url, {"do": "force"})
    assert 'mode="edit"' in alice.get(f"/flows/{flow.ref}/edit/").content.decode()
    alice.post(url, {"do": "release"})
    assert 'mode="edit"' in bob.get(f"/flows/{flow.ref}/edit/").content.decode()


def test_who_may_only_look_takes_no_lock(flow, vera, charlie):
    assert vera.post(f"/flows/{flow.ref}/lock/").status_code == 403
    assert charlie.post(f"/flows/{flow.ref}/lock/").status_code == 404


def test_a_program_that_no_host_has_is_a_warning(flow, ann):
    north = job(flow, "north")
    Job.objects.filter(pk=north.pk).update(kind="FLINK")
    assert found(flow) == [("missing_program", ("north",), "warning")]
    assert problems_around(flow)[0].message == "flink is not installed on any host that could run this."
    Host.objects.update(programs={"flink": "/opt/flink/bin/flink", "bash": "/bin/bash"})
    assert found(flow) == []
    Host.objects.update(programs={"bash": "/bin/bash"})
    Job.objects.filter(pk=north.pk).update(env_text='{"FLINK_HOME": "/opt/flink"}')
    assert found(flow) == []
