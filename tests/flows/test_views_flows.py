from __future__ import annotations

import gzip
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.flows.actions import set_schedule
from apps.flows.models import Flow, Run, Schedule, SkippedFire
from apps.jobs.models import Job
from apps.projects.actions import create_folder
from tests.flows.pages import HTMX, diamond, finished
from tests.people import make_project


def url(name: str, row, **query) -> str:
    return reverse(f"flows:{name}", args=[row.ref], query=query)


def drawing(flow: Flow) -> dict:
    flow.document.refresh_from_db()
    return json.loads(flow.document.text)


def events(response) -> dict:
    return json.loads(response.headers["HX-Trigger"])


def node_id(flow: Flow, label: str) -> str:
    return next(node["id"] for node in drawing(flow)["nodes"] if node.get("label") == label)


# --- the list


def test_the_list_shows_each_flow_with_its_last_runs(flow, people, vera):
    finished(flow, people.bob)
    finished(flow, people.bob, north="failed")
    page = vera.get(url("list", flow.project)).content.decode()
    assert "nightly" in page
    assert 'data-state="failed"' in page
    assert 'data-state="succeeded"' in page


def test_page_and_fragment_come_from_the_same_template(flow, vera):
    page = vera.get(url("list", flow.project)).content.decode()
    fragment = vera.get(url("list", flow.project), headers=HTMX).content.decode()
    assert page.startswith("<!doctype html>")
    assert fragment.lstrip().startswith('<div class="flow-table')
    assert 'id="flow-rows"' in page
    assert 'id="flow-rows"' in fragment


@pytest.mark.parametrize("name", ("list", "runs", "schedule", "recent"))
def test_more_rows_do_not_cost_more_queries(flow, people, vera, name):
    Schedule.objects.create(flow=flow, cron="0 0 * * * ?", enabled=True)
    finished(flow, people.bob, north="failed")
    with CaptureQueriesContext(connection) as few:
        vera.get(url(name, flow.project))
    for number in range(5):
        other = diamond(flow.project, f"flow {number}")
        Schedule.objects.create(flow=other, cron="0 0 * * * ?", enabled=True)
        finished(other, people.bob, south="failed")
    with CaptureQueriesContext(connection) as many:
        vera.get(url(name, flow.project))
    assert len(many) <= len(few)


def test_a_folder_holds_what_lies_below_it(flow, people, vera):
    above = create_folder(flow.project, tree="FLOW", name="finance", by=people.alice)
    below = create_folder(flow.project, tree="FLOW", name="daily", parent=above, by=people.alice)
    diamond(flow.project, "elsewhere")
    flow.folder = below
    flow.save()
    page = vera.get(url("list", flow.project, folder=above.ref)).content.decode()
    assert "nightly" in page
    assert "elsewhere" not in page


def test_the_next_page_keeps_what_was_looked_for(flow, vera, monkeypatch):
    monkeypatch.setattr("apps.flows.views.lists.FLOWS_A_PAGE", 1)
    diamond(flow.project, "nightly 2")
    page = vera.get(url("list", flow.project, q="night")).content.decode()
    assert "?q=night&amp;page=2" in page


def test_the_home_page_shows_the_flows_that_were_changed_last(flow, vera, monkeypatch):
    monkeypatch.setattr("apps.flows.views.lists.FLOWS_AT_HOME", 1)
    diamond(flow.project, "newest")
    page = vera.get(url("list", flow.project, brief="")).content.decode()
    assert "newest" in page
    assert "nightly" not in page


def test_an_empty_project_says_what_a_flow_is(project, bob):
    assert "No flows yet" in bob.get(url("list", project)).content.decode()


# --- making, renaming, cloning, deleting


def test_a_new_flow_opens_in_the_editor_with_start_and_end_drawn(project, bob):
    answer = bob.post(url("new", project), {"name": "weekly"})
    flow = Flow.objects.get(name="weekly")
    assert answer.status_code == 302
    assert answer.headers["Location"] == url("edit", flow)
    assert {node["attribute"]["type"] for node in drawing(flow)["nodes"]} == {"START", "END"}


def test_a_name_that_is_taken_is_said_beside_the_name(flow, bob):
    answer = bob.post(url("new", flow.project), {"name": flow.name}, headers=HTMX)
    assert answer.status_code == 422
    assert b"already a flow" in answer.content


def test_a_flow_is_renamed_and_moved(flow, people, bob):
    folder = create_folder(flow.project, tree="FLOW", name="finance", by=people.alice)
    assert bob.post(url("rename", flow), {"name": "monthly", "folder": folder.ref}).status_code == 302
    flow.refresh_from_db()
    assert (flow.name, flow.folder) == ("monthly", folder)


def test_a_clone_opens_in_the_editor(flow, bob):
    bob.post(url("clone", flow))
    assert Flow.objects.filter(project=flow.project).count() == 2


def test_a_flow_that_runs_is_not_deleted(flow, otto, bob):
    otto.post(url("run", flow))
    answer = bob.post(url("delete", flow), follow=True)
    assert Flow.objects.filter(pk=flow.pk).exists()
    assert b"is running" in answer.content


def test_a_flow_is_deleted(flow, bob):
    assert bob.post(url("delete", flow)).status_code == 302
    assert not Flow.objects.filter(pk=flow.pk).exists()


# --- who may


PAGES = ("edit", "inspector", "palette", "outline", "preview")
CHANGES = ("rename", "clone", "delete", "save_settings", "save_schedule", "save_node", "new_node", "publish")


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_does_not_learn_that_a_flow_exists(flow, charlie, name):
    assert charlie.get(url(name, flow)).status_code == 404


@pytest.mark.parametrize("name", CHANGES)
def test_a_viewer_changes_nothing(flow, vera, name):
    assert vera.post(url(name, flow), {"name": "mine"}).status_code == 403


@pytest.mark.parametrize("name", ("list", "runs", "schedule", "recent", "new", "find", "running"))
def test_a_stranger_does_not_learn_that_a_project_exists(project, charlie, name):
    assert charlie.get(url(name, project)).status_code == 404


def test_a_viewer_sees_the_editor_without_what_edits(flow, vera):
    page = vera.get(url("edit", flow)).content.decode()
    assert 'mode="view"' in page
    assert "data-dag=" not in page


# --- the editor


def test_the_editor_holds_the_drawing_so_that_it_needs_no_request(flow, bob):
    page = bob.get(url("edit", flow)).content.decode()
    held = page.split('<script type="application/json" class="drawing">')[1].split("</script>")[0]
    assert json.loads(json.loads(held)["text"]) == drawing(flow)


def test_a_drawing_cannot_end_the_script_that_holds_it(flow, bob):
    flow.document.text = flow.document.text.replace("extract", "</script><b>x")
    flow.document.save()
    assert b"</script><b>x" not in bob.get(url("edit", flow)).content


def test_the_editor_costs_the_same_whatever_the_number_of_jobs(flow, bob):
    diamond(flow.project, "other")
    with CaptureQueriesContext(connection) as few:
        bob.get(url("edit", flow))
    diamond(flow.project, "third")
    with CaptureQueriesContext(connection) as many:
        bob.get(url("edit", flow))
    assert len(many) <= len(few)


def test_the_palette_finds_jobs_by_name(flow, bob):
    found = bob.get(url("palette", flow, q="nor"), headers=HTMX).content.decode()
    assert "north" in found
    assert "south" not in found


def test_the_inspector_shows_the_job_of_a_node(flow, bob):
    panel = bob.get(url("inspector", flow, id=node_id(flow, "report")), headers=HTMX).content.decode()
    assert "echo ${day}" in panel


def test_the_inspector_knows_a_node_that_is_not_saved_yet_by_what_the_canvas_says(flow, bob):
    job = Job.objects.get(project=flow.project, name="report")
    asked = {"id": "feedbeef", "kind": "SHELL", "label": "fresh", "job": f"FJ-{job.ref}"}
    panel = bob.get(url("inspector", flow, **asked), headers=HTMX).content.decode()
    assert "fresh" in panel
    assert "echo ${day}" in panel


def test_nodes_of_another_project_show_no_job(flow, people, bob):
    other = diamond(make_project(people, "Secret"), "secret")
    job = Job.objects.get(project=other.project, name="report")
    asked = {"id": "feedbeef", "kind": "SHELL", "label": "fresh", "job": f"FJ-{job.ref}"}
    assert "echo ${day}" not in bob.get(url("inspector", flow, **asked)).content.decode()


def node_form(job: Job, **changed) -> dict:
    fields = ("content", "fail_act", "max_retry", "retry_interval", "max_running_seconds", "loss_policy")
    return {"label": job.name, "host_name": "", **{f: getattr(job, f) for f in fields}, **changed}


def test_saving_a_node_changes_its_job_and_tells_the_canvas_what_to_draw(flow, bob):
    job = Job.objects.get(project=flow.project, name="north")
    target = url("save_node", flow, id=node_id(flow, "north"))
    answer = bob.post(target, node_form(job, content="echo new", label="North", max_retry=2), headers=HTMX)
    job.refresh_from_db()
    assert (job.content, job.max_retry) == ("echo new", 2)
    (op,) = events(answer)["dag:apply"]["ops"]
    assert (op["op"], op["path"], op["value"]) == ("set", ["label"], "North")


def test_without_htmx_the_same_form_draws_by_itself(flow, bob):
    job = Job.objects.get(project=flow.project, name="north")
    bob.post(url("save_node", flow, id=node_id(flow, "north")), node_form(job, host_name="gate-1"))
    node = next(node for node in drawing(flow)["nodes"] if node.get("label") == "north")
    assert node["config"]["hostName"] == "gate-1"


def test_too_many_retries_are_refused_beside_the_field_and_nothing_is_saved(flow, bob):
    job = Job.objects.get(project=flow.project, name="north")
    target = url("save_node", flow, id=node_id(flow, "north"))
    answer = bob.post(target, node_form(job, content="echo new", max_retry=600), headers=HTMX)
    assert answer.status_code == 422
    job.refresh_from_db()
    assert job.content == "true"


def test_a_dropped_kind_becomes_a_job_and_a_node(flow, bob):
    given = {"name": "archive", "kind": "SHELL", "content": "tar", "x": "10", "y": "20"}
    answer = bob.post(url("new_node", flow), given, headers=HTMX)
    job = Job.objects.get(project=flow.project, name="archive")
    place = events(answer)["dag:place"]
    assert (place["jobId"], place["x"], place["y"]) == (f"FJ-{job.ref}", 10, 20)


def test_a_dropped_kind_is_drawn_without_htmx_too(flow, bob):
    bob.post(url("new_node", flow), {"name": "archive", "kind": "SHELL", "x": "10", "y": "20"})
    node = next(node for node in drawing(flow)["nodes"] if node.get("label") == "archive")
    assert (node["x"], node["attribute"]["jobType"]) == (10, "SHELL")


def test_settings_are_saved(flow, bob):
    given = {"name": "nightly", "description": "All of it", "params": '{"pace": 2}'}
    assert bob.post(url("save_settings", flow), given, headers=HTMX).status_code == 200
    flow.refresh_from_db()
    assert (flow.description, flow.params) == ("All of it", {"pace": 2})


def test_a_schedule_is_saved_and_says_when_it_fires(flow, bob):
    given = {
        "enabled": "on",
        "cron": "0 30 2 * * ?",
        "time_zone": "UTC",
        "misfire": "last",
        "overlap": "skip",
    }
    panel = bob.post(url("save_schedule", flow), given, headers=HTMX).content.decode()
    assert Schedule.objects.get(flow=flow).next_fire_at is not None
    assert "02:30:00" in panel


def test_a_cron_that_cannot_be_read_is_said_while_it_is_typed(flow, bob):
    panel = bob.get(url("preview", flow, cron="every day"), headers=HTMX).content.decode()
    assert "danger-text" in panel


def test_the_preview_minds_the_window(flow, bob):
    panel = bob.get(
        url(
            "preview",
            flow,
            cron="0 0 9 * * ?",
            time_zone="UTC",
            start_at="2031-05-01T10:00",
            end_at="2031-05-03T00:00",
        )
    ).content.decode()
    assert panel.count('data-outcome="fires"') == 1
    assert panel.count('data-outcome="skipped"') == 2
    assert "2031-05-02" in panel


def test_the_preview_says_what_the_clock_of_the_zone_does(flow, bob):
    panel = bob.get(url("preview", flow, cron="0 30 2 * * ?", time_zone="Europe/Berlin")).content.decode()
    assert "the clock goes forward from 02:00 to 03:00" in panel
    panel = bob.get(url("preview", flow, cron="0 30 2 * * ?", time_zone="Asia/Seoul")).content.decode()
    assert "the clock goes" not in panel


def test_a_schedule_that_is_off_says_what_catching_up_would_fire(flow, bob):
    set_schedule(flow, cron="0 0 9 * * ?", time_zone="UTC", enabled=False, misfire="all")
    last = timezone.now() - timedelta(days=3)
    Schedule.objects.filter(flow=flow).update(last_fire_at=last)
    panel = bob.get(url("inspector", flow, tab="schedule"), headers=HTMX).content.decode()
    assert "catching up would fire 3 runs" in panel
    given = {"cron": "0 0 9 * * ?", "time_zone": "UTC", "misfire": "last", "catch_up_most": "100"}
    panel = bob.get(url("preview", flow, **given)).content.decode()
    assert "catching up would fire the run of" in panel


def test_the_panel_lists_what_was_skipped(flow, bob):
    set_schedule(flow, cron="0 0 9 * * ?", time_zone="UTC", enabled=True)
    at = timezone.now()
    SkippedFire.objects.create(
        flow=flow, first_at=at, last_at=at, reason="refused", detail={"message": "No host."}
    )
    panel = bob.get(url("inspector", flow, tab="schedule"), headers=HTMX).content.decode()
    assert "The flow could not run" in panel
    assert "No host." in panel


def test_parameters_that_are_not_json_are_answered_with_the_place(flow, bob):
    answer = bob.post(url("save_settings", flow), {"name": flow.name, "params": '{"a": 1,}'}, headers=HTMX)
    assert answer.status_code == 422
    assert "line 1 column 9" in answer.content.decode()


def test_publishing_keeps_a_revision(flow, bob):
    bob.post(url("publish", flow), {"message": "first"})
    flow.refresh_from_db()
    assert flow.published.number == 1
    assert "first" in bob.get(url("inspector", flow, tab="versions")).content.decode()


# --- running


def test_run_starts_a_run_and_shows_it(flow, otto):
    answer = otto.post(url("run", flow))
    run = Run.objects.get(flow=flow)
    assert answer.headers["Location"] == url("run_detail", run)


def test_run_with_takes_another_nominal_time_and_parameters(flow, otto):
    otto.post(url("run_with", flow), {"nominal_at": "2026-03-01T04:00", "params": '{"day": "x"}'})
    run = Run.objects.get(flow=flow)
    assert (run.nominal_at.isoformat(), run.params) == ("2026-03-01T04:00:00+00:00", {"day": "x"})


def test_a_flow_that_cannot_run_says_why(project, bob):
    bob.post(url("new", project), {"name": "hollow"})
    flow = Flow.objects.get(name="hollow")
    flow.document.text = '{"nodes": [], "edges": []}'
    flow.document.save()
    answer = bob.post(url("run", flow), follow=True)
    assert not Run.objects.filter(flow=flow).exists()
    assert b"START" in answer.content


def test_a_viewer_does_not_run(flow, vera):
    assert vera.post(url("run", flow)).status_code == 403


def test_a_long_drawing_comes_beside_the_page_packed_and_only_once(flow, vera, charlie):
    document = flow.document
    document.text = document.text.replace("{", '{"title": "' + "x" * 200_000 + '", ', 1)
    document.save()
    page = vera.get(url("edit", flow)).content.decode()
    assert f'drawing="{url("drawing", flow)}"' in page
    assert 'class="drawing"' not in page
    answer = vera.get(url("drawing", flow), headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(answer.content).decode() == document.text
    again = vera.get(url("drawing", flow), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert charlie.get(url("drawing", flow)).status_code == 404
