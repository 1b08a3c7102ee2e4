from __future__ import annotations

import json

import pytest

from apps.drawings.actions import apply_operations
from apps.flows.actions import follow_draft, publish_flow, update_flow
from apps.flows.models import Flow
from apps.flows.revisions import deployed, freeze_flow
from apps.flows.version_lines import differing, spelt
from apps.flows.versions import (
    changes,
    compared,
    jobs_since,
    of_revision,
    restore,
    restore_jobs,
    restoring,
    unpublished,
    version_of,
)
from apps.jobs.actions import update_job
from apps.lib.errors import NotFound
from tests.flows.pages import HTMX


def edit(flow: Flow, *ops: dict) -> Flow:
    apply_operations(flow.document, base_version=flow.document.version, ops=list(ops), by=None)
    return Flow.objects.get(pk=flow.pk)


def move(node: str) -> dict:
    return {"op": "move", "moves": [[node, 11, 12]]}


def rename(node: str, label: str) -> dict:
    return {"op": "set", "of": "node", "id": node, "path": ["label"], "value": label}


def test_moving_a_node_makes_no_new_version_and_is_kept_with_the_latest(flow, ann):
    first = freeze_flow(flow, by=ann)
    flow = edit(flow, move("north"))
    again = freeze_flow(flow, by=ann)
    assert (again.pk, flow.revisions.count()) == (first.pk, 1)
    assert flow.revisions.get().drawing == flow.document.text
    assert freeze_flow(edit(flow, rename("north", "N")), by=ann).number == 2


def test_what_is_not_published_yet_is_told_by_node(flow, ann):
    assert unpublished(flow) is None
    publish_flow(flow, by=ann, message="first")
    assert unpublished(flow) is None
    flow = edit(flow, move("south"))
    assert unpublished(flow) is None
    flow = edit(flow, rename("north", "North"))
    update_job(flow.uses.get(job__name="extract").job, by=ann, content="echo new")
    found = unpublished(flow)
    assert found and found.nodes == {"extract": "changed", "north": "changed", "south": "moved"}


def test_a_change_of_a_job_is_told_line_by_line(flow, ann):
    job = flow.uses.get(job__name="report").job
    update_job(job, by=ann, content="one\ntwo\nthree", max_retry=0)
    before = of_revision(publish_flow(flow, by=ann))
    update_job(job, by=ann, content="one\n2\nthree", max_retry=4)
    after = version_of(flow, "draft")
    [change] = changes(before, after, compared(before, after))
    assert (change.name, change.sort) == ("report", "changed")
    assert [line for line in change.content if line[0] in "+-"] == [("-", "two"), ("+", "2")]
    assert ("+", "Retries: 4") in change.settings


def test_a_line_that_looks_like_the_head_of_a_difference_is_told_too():
    assert differing(["--class Old old.jar"], ["--class New new.jar", "++ i"]) == [
        ("-", "--class Old old.jar"),
        ("+", "--class New new.jar"),
        ("+", "++ i"),
    ]


def test_lines_that_are_left_out_are_marked_where_they_are():
    lines = [str(n) for n in range(20)]
    signs = "".join(sign for sign, _text in differing(lines, [*lines[:9], "x", *lines[10:]]))
    assert signs == "@   -+   @"
    assert "@" not in dict(differing([], lines))


def test_what_is_set_is_told_in_the_words_of_the_forms():
    assert spelt(
        {"kind": "HIVE_SQL", "on_failure": "block", "job mode": "YARN", "skips": True, "host": ""}
    ) == [
        "Kind: Hive SQL",
        "When it fails: Skip what comes after it",
        "Mode: On a worker host",
        "Disabled: yes",
    ]


def test_comparing_takes_as_many_queries_for_many_nodes_as_for_few(flow, ann, django_assert_max_num_queries):
    revision = publish_flow(flow, by=ann)
    with django_assert_max_num_queries(7):
        compared(of_revision(revision), version_of(flow, "draft"))


def test_the_operations_of_restoring_lead_back_to_the_same_drawing(flow, ann):
    kept = publish_flow(flow, by=ann)
    edges = [edge["id"] for edge in json.loads(flow.document.text)["edges"] if "north" in edge["id"]]
    gone = [{"op": "remove_edge", "id": edge} for edge in edges] + [{"op": "remove_node", "id": "north"}]
    flow = edit(flow, *gone, move("south"), rename("report", "R"))
    flow = edit(flow, *restoring(flow, of_revision(kept)))
    assert freeze_flow(flow, by=ann).pk == kept.pk
    assert json.loads(flow.document.text)["nodes"] == json.loads(kept.drawing)["nodes"]


def test_the_jobs_of_a_version_are_made_what_they_were(flow, ann):
    job = flow.uses.get(job__name="report").job
    update_job(job, by=ann, content="old", max_retry=2, fail_act="CONTINUE", resources=[("a.py", "b.py")])
    kept = of_revision(publish_flow(flow, by=ann))
    assert jobs_since(flow, kept) == {}
    update_job(job, by=ann, content="new", max_retry=0, fail_act="STOP", resources=[])
    update_job(flow.uses.get(job__name="extract").job, by=ann, content="new")
    assert set(jobs_since(flow, kept)) == {"report", "extract"}
    assert restore_jobs(flow, kept, by=ann, node="report") == 1
    job.refresh_from_db()
    assert (job.content, job.max_retry, job.fail_act) == ("old", 2, "CONTINUE")
    assert set(jobs_since(flow, kept)) == {"extract"}
    assert restore_jobs(flow, kept, by=ann) == 1
    assert unpublished(flow) is None


def test_restoring_without_an_editor_is_one_step_that_open_editors_notice(flow, ann):
    kept = publish_flow(flow, by=ann)
    flow = edit(flow, rename("north", "N"))
    restore(flow, of_revision(kept), by=ann)
    assert flow.document.text == kept.drawing
    assert [op["op"] for op in flow.document.operations.last().ops] == ["replace"]


def test_a_schedule_runs_what_is_published_until_it_is_told_to_follow_the_draft(flow, ann):
    assert deployed(flow) is None
    published = publish_flow(flow, by=ann)
    flow = edit(flow, rename("north", "N"))
    assert deployed(flow) == published
    follow_draft(flow, by=ann)
    assert deployed(flow) is None


def test_a_draft_whose_job_is_gone_can_still_be_compared(flow, ann):
    before = of_revision(publish_flow(flow, by=ann))
    lost = {"op": "set", "of": "node", "id": "north", "path": ["attribute", "jobId"], "value": "FJ-0"}
    flow = edit(flow, lost)
    assert compared(before, version_of(flow, "draft")).nodes == {"north": "changed"}


@pytest.mark.parametrize("key", ["7", "x", "-1", "", "99999999999"])
def test_a_version_that_is_none_is_not_found(flow, key):
    with pytest.raises(NotFound):
        version_of(flow, key)


def test_the_page_that_compares_paints_and_tells(flow, people, bob):
    publish_flow(flow, by=people.bob, message="first")
    edit(flow, rename("north", "<North>"))
    page = bob.get(f"/flows/{flow.ref}/compare/").content.decode()
    assert '"north":"changed"' in page
    assert "Label: &lt;North&gt;" in page
    assert bob.get(f"/flows/{flow.ref}/compare/?from=1&to=1").status_code == 200
    assert bob.get(f"/flows/{flow.ref}/compare/?from=8").status_code == 404


def test_comparing_tells_what_was_new_when_nothing_is(flow, people, bob):
    publish_flow(flow, by=people.bob)
    flow = edit(flow, rename("north", "North"))
    publish_flow(flow, by=people.bob)
    page = bob.get(f"/flows/{flow.ref}/compare/")
    assert (page.context["before"].key, page.context["after"].key) == ("1", "2")
    edit(flow, move("south"))
    page = bob.get(f"/flows/{flow.ref}/compare/")
    assert (page.context["before"].key, page.context["after"].key) == ("2", "draft")


def test_the_page_that_compares_offers_jobs_as_they_were(flow, people, bob):
    publish_flow(flow, by=people.bob)
    job = flow.uses.get(job__name="report").job
    before = job.content
    update_job(job, by=people.bob, content="other")
    assert "Restore 1 job" in bob.get(f"/flows/{flow.ref}/compare/").content.decode()
    page = bob.post(f"/flows/{flow.ref}/versions/1/restore-jobs/", {"node": "report"}, follow=True)
    assert "1 job is as in version 1 again" in page.content.decode()
    job.refresh_from_db()
    assert job.content == before


def test_a_flow_without_versions_says_how_one_comes_to_be(flow, bob):
    assert "no versions yet" in bob.get(f"/flows/{flow.ref}/compare/").content.decode()


def test_publishing_asks_what_is_new_and_says_what_it_means(flow, bob):
    dialog = bob.get(f"/flows/{flow.ref}/publish/", headers=HTMX).content.decode()
    assert "What is new" in dialog
    answer = bob.post(f"/flows/{flow.ref}/publish/", {"message": "first"}, headers=HTMX)
    assert "flow:published" in answer["HX-Trigger"]
    assert "Version 1 is published" in bob.get(f"/flows/{flow.ref}/unpublished/").content.decode()


def test_an_open_editor_is_given_the_operations_to_restore_with(flow, people, bob):
    publish_flow(flow, by=people.bob)
    edit(flow, rename("north", "N"))
    answer = bob.post(f"/flows/{flow.ref}/versions/1/restore/", headers=HTMX)
    assert json.loads(answer["HX-Trigger"])["dag:apply"]["ops"] == [rename("north", "north")]


@pytest.mark.parametrize(
    "change", ["publish/", "versions/1/restore/", "versions/1/restore-jobs/", "run-the-draft/"]
)
def test_who_may_only_look_changes_no_version(flow, people, vera, charlie, change):
    publish_flow(flow, by=people.bob)
    assert vera.post(f"/flows/{flow.ref}/{change}").status_code == 403
    assert charlie.post(f"/flows/{flow.ref}/{change}").status_code == 404
    assert charlie.get(f"/flows/{flow.ref}/compare/").status_code == 404


def test_a_flow_with_limits_of_time_has_no_changes_right_after_it_was_published(flow, ann):
    update_flow(flow, by=ann, run_timeout=600, start_timeout=60)
    publish_flow(flow, by=ann)
    assert unpublished(flow) is None
    update_flow(flow, by=ann, run_timeout=900)
    found = unpublished(flow)
    assert found
    [change] = changes(version_of(flow, "1"), version_of(flow, "draft"), found)
    assert ("-", "Time limit of a run, s: 600") in change.settings
    assert ("+", "Time limit of a run, s: 900") in change.settings
