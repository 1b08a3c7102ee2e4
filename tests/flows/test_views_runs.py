from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.flows.models import Attempt, Run
from apps.flows.runs import submit_flow, submit_job
from apps.jobs.models import Job
from apps.projects.actions import set_variable
from tests.factories import make_flow
from tests.flows.pages import HTMX, diamond, finished, node_of, write_log


@pytest.fixture
def run(flow, people) -> Run:
    return finished(flow, people.bob)


@pytest.fixture
def failed(flow, people) -> Run:
    return finished(flow, people.bob, north="failed")


def url(name: str, row, *more, **query) -> str:
    return reverse(f"flows:{name}", args=[row.ref, *more], query=query)


def text(client, *args, **kwargs) -> str:
    return client.get(*args, **kwargs).content.decode()


# --- the list


def test_runs_are_filtered_by_state_flow_and_name(flow, run, failed, people, vera):
    other = finished(diamond(flow.project, "weekly"), people.bob)
    everything = text(vera, url("runs", flow.project))
    assert all(one.ref in everything for one in (run, failed, other))
    only_failed = text(vera, url("runs", flow.project, state="failed"))
    assert failed.ref in only_failed
    assert run.ref not in only_failed
    assert other.ref not in text(vera, url("runs", flow.project, flow=flow.ref))
    assert run.ref not in text(vera, url("runs", flow.project, q="week"))
    assert run.ref in text(vera, url("runs", flow.project, q=f"FI-{run.ref}"))


def test_a_failed_run_names_the_node_that_failed(failed, vera):
    assert "north" in text(vera, url("runs", failed.project))


def test_older_runs_are_a_page_away(flow, people, vera, monkeypatch):
    monkeypatch.setattr("apps.flows.views.runs.RUNS_A_PAGE", 2)
    first, second, third = (finished(flow, people.bob) for _ in range(3))
    page = text(vera, url("runs", flow.project))
    assert first.ref not in page
    assert f"before={second.pk}" in page
    older = text(vera, url("runs", flow.project, before=second.pk))
    assert first.ref in older
    assert third.ref not in older


def test_an_unknown_filter_is_no_error(run, vera):
    for query in ({"state": "odd"}, {"flow": "zz"}, {"before": "x"}, {"trigger": "?"}):
        assert vera.get(url("runs", run.project, **query)).status_code == 200


def test_the_latest_runs_come_as_a_fragment(run, vera):
    assert text(vera, url("recent", run.project)).lstrip().startswith('<div class="recent-runs"')


def test_a_job_shows_where_it_ran(flow, run, vera):
    job = Job.objects.get(project=flow.project, name="north")
    assert run.ref in text(vera, url("job_runs", job))


# --- the page of a run

PARTS = ("run_head", "run_overview", "run_nodes", "run_gantt", "run_events", "run_result")


def test_the_page_holds_the_frozen_drawing_and_its_states(run, flow, vera):
    page = text(vera, url("run_detail", run))
    assert 'states="SSSSSS"' in page
    assert 'mode="view"' in page
    assert f'data-cursor="{run.seq}"' in page


def test_a_changed_drawing_does_not_change_what_ran(run, flow, vera):
    flow.document.text = '{"nodes": [], "edges": []}'
    flow.document.save()
    assert "extract" in text(vera, url("run_detail", run)).split('class="drawing"')[1].split("</script>")[0]


@pytest.mark.parametrize("name", PARTS)
def test_each_part_comes_alone(run, vera, name):
    answer = vera.get(url(name, run), headers=HTMX)
    assert answer.status_code == 200
    assert b"<!doctype" not in answer.content


@pytest.mark.parametrize("name", ("run_nodes", "run_gantt", "run_events", "run_result"))
def test_each_list_is_a_page_for_a_plain_browser(run, vera, name):
    assert b"<!doctype html>" in vera.get(url(name, run)).content


@pytest.mark.parametrize("name", ("run_detail", *PARTS))
def test_a_stranger_does_not_learn_that_a_run_exists(run, charlie, name):
    assert charlie.get(url(name, run)).status_code == 404


@pytest.mark.parametrize("name", ("node_panel", "node_log", "node_log_find", "node_log_download"))
def test_a_stranger_does_not_read_a_node(run, charlie, name):
    assert charlie.get(url(name, run, 2)).status_code == 404


@pytest.mark.parametrize("name", ("run_nodes", "run_gantt", "run_events"))
def test_more_nodes_do_not_cost_more_queries(flow, run, people, vera, name):
    with CaptureQueriesContext(connection) as few:
        vera.get(url(name, run))
    wide = make_flow(flow.project, "wide", **{f"n{number}": [] for number in range(12)})
    from_many = finished(wide, people.bob)
    with CaptureQueriesContext(connection) as many:
        vera.get(url(name, from_many))
    assert len(many) <= len(few)


def test_the_panel_of_the_failed_node_opens_by_itself(failed, vera):
    page = text(vera, url("run_detail", failed))
    assert f'data-ordinal="{node_of(failed, "north").ordinal}" data-node=' in page


def test_nodes_are_listed_in_the_order_in_which_they_run(run, vera):
    page = text(vera, url("run_nodes", run), headers=HTMX)
    places = [page.index(f">{name}</a>") for name in ("Start", "extract", "north", "report", "End")]
    assert places == sorted(places)


def test_nodes_are_filtered_by_state(failed, vera):
    page = text(vera, url("run_nodes", failed, state="failed"), headers=HTMX)
    assert ">north</a>" in page
    assert ">south</a>" not in page


def test_each_attempt_is_a_bar(run, vera):
    assert text(vera, url("run_gantt", run), headers=HTMX).count('class="gantt-bar"') == run.total


def test_a_waiting_node_says_for_what(flow, people, vera):
    going = submit_flow(flow, by=people.bob)
    panel = text(vera, url("node_panel", going, node_of(going, "report").ordinal), headers=HTMX)
    assert "It waits for" in panel
    assert "north" in panel
    assert "And for 1 more" in panel


def test_the_panel_shows_parameters_as_they_were_expanded_without_secrets(flow, project, people, vera):
    set_variable(project, name="token", value="hunter2hunter2", secret=True, by=people.alice)
    job = Job.objects.get(project=project, name="report")
    job.content = "echo ${yyyy} ${token}"
    job.save()
    run = finished(flow, people.bob)
    panel = text(vera, url("node_panel", run, node_of(run, "report").ordinal), headers=HTMX)
    assert f"echo {run.nominal_at:%Y} ******" in panel
    assert "hunter2" not in panel


# --- the log


def test_the_last_lines_come_first_and_earlier_ones_by_offset(run, vera):
    node = node_of(run, "report")
    write_log(node, "".join(f"line {number}\n" for number in range(500)))
    last = vera.get(url("node_log", run, node.ordinal)).json()
    assert last["text"].startswith("line 300\n")
    assert (last["line"], last["offset"]) == (300, last["size"])
    before = vera.get(url("node_log", run, node.ordinal, before=last["start"])).json()
    assert before["text"].splitlines()[0] == "line 100"
    assert before["text"].splitlines()[-1] == "line 299"


def test_a_last_line_without_an_end_is_shown_once_the_node_has_ended(run, vera):
    node = node_of(run, "report")
    write_log(node, "one\ntwo")
    assert vera.get(url("node_log", run, node.ordinal)).json()["text"] == "one\ntwo"


def test_a_node_that_printed_nothing_has_an_empty_log(run, vera):
    answer = vera.get(url("node_log", run, node_of(run, "south").ordinal)).json()
    assert (answer["text"], answer["size"]) == ("", 0)


@pytest.mark.parametrize("name", ("node_log", "node_log_download"))
def test_secrets_never_leave_in_a_log(run, people, vera, name):
    set_variable(run.project, name="token", value="hunter2hunter2", secret=True, by=people.alice)
    node = node_of(run, "report")
    write_log(node, "login with hunter2hunter2 ok\n")
    answer = vera.get(url(name, run, node.ordinal))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"hunter2" not in content
    assert b"login with ******" in content


def test_text_is_found_in_the_whole_log_and_secrets_are_not(run, people, vera):
    set_variable(run.project, name="token", value="hunter2hunter2", secret=True, by=people.alice)
    node = node_of(run, "report")
    write_log(node, "".join(f"line {number}\n" for number in range(500)) + "login with hunter2hunter2\n")
    found = vera.get(url("node_log_find", run, node.ordinal, q="LINE 7")).json()
    assert [hit["line"] for hit in found["hits"]] == [7, *range(70, 80)]
    assert found["over"]
    assert vera.get(url("node_log_find", run, node.ordinal, q="hunter2")).json()["hits"] == []
    assert vera.get(url("node_log_find", run, node.ordinal)).json()["hits"] == []


def test_the_result_is_what_the_last_node_printed(run, vera):
    ordinal = node_of(run, "report").ordinal
    page = text(vera, url("run_result", run), headers=HTMX)
    assert reverse("flows:node_log", args=[run.ref, ordinal]) in page


# --- kill and rerun


def test_a_run_is_killed(flow, people, otto):
    going = submit_flow(flow, by=people.bob)
    answer = otto.post(url("kill", going), headers=HTMX)
    assert answer.status_code == 204
    going.refresh_from_db()
    assert going.state == "killed"


def test_a_run_is_suspended_and_goes_on(flow, people, otto):
    going = submit_flow(flow, by=people.bob)
    otto.post(url("suspend", going))
    assert "Resume" in text(otto, url("run_head", going))
    otto.post(url("resume", going))
    going.refresh_from_db()
    assert going.state == "running"


def test_a_run_that_is_over_is_not_killed_and_the_page_says_why(run, otto):
    answer = otto.post(url("kill", run), follow=True)
    assert b"over" in answer.content


def test_what_may_not_be_done_is_shown_with_the_reason(flow, people, otto, vera):
    going = submit_flow(flow, by=people.bob)
    assert "The run is still going on" in text(otto, url("run_detail", going))
    assert "Your role may look at runs" in text(vera, url("run_detail", going))
    assert vera.post(url("kill", going)).status_code == 403


def test_a_run_goes_again(run, otto):
    assert otto.post(url("rerun", run)).headers["Location"] == url("run_detail", run)
    run.refresh_from_db()
    assert run.ended_at is None


def test_only_what_failed_goes_again(failed, otto):
    otto.post(f"{url('rerun', failed)}?failed=1")
    assert node_of(failed, "south").state == "succeeded"
    assert node_of(failed, "north").state != "failed"


def test_a_job_runs_alone(flow, people, otto):
    job = Job.objects.get(project=flow.project, name="north")
    otto.post(url("run_job", job))
    run = Run.objects.get(job=job)
    page = text(otto, url("run_detail", run))
    assert "<flow-canvas" not in page
    assert run.name in page


def test_the_tries_of_a_node_can_each_be_read(run, people, vera):
    node = node_of(run, "report")
    first = node.attempts.get()
    Attempt.objects.create(node_run=node, number=2, token=2, started_at=first.started_at, end="failed")
    page = text(vera, url("node_panel", run, node.ordinal, attempt=2), headers=HTMX)
    assert "Try 1" in page
    assert 'attempt="2"' in page


def test_a_run_of_a_job_alone_has_its_panel_open(flow, people, vera):
    run = submit_job(Job.objects.get(project=flow.project, name="north"), by=people.bob)
    assert 'class="node-panel"' in text(vera, url("run_detail", run))


def test_what_never_started_is_not_said_to_wait_when_the_run_is_over(flow, people, vera):
    over = finished(flow, people.bob, north="failed", report="waiting")
    after = node_of(over, "report")
    assert "Not run" in text(vera, url("node_panel", over, after.ordinal), headers=HTMX)
    assert "Not run" in text(vera, url("run_nodes", over), headers=HTMX)
