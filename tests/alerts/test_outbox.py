from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from apps.alerts import outbox
from apps.alerts.models import Delivery, Rule
from apps.engine.states import State
from apps.flows.models import RunEvent
from apps.jobs.logs import log_path
from apps.projects.models import Variable
from tests.alerts.builders import NOW, happen, has_work, make_flow, make_node_run, make_run, rule

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def test_a_failed_flow_is_due_to_the_people_its_rules_name(flow, on_call, contact):
    run = make_run(flow, rules=[rule("flow.failed", people=[on_call])])
    happen(run, "run.failed")

    assert outbox.drain(NOW) == 1

    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.receiver_id, delivery.receiver_name) == (
        "email",
        contact.biz_id,
        "Mina",
    )
    assert (delivery.event_kind, delivery.due_at, delivery.run, delivery.flow) == (
        "flow.failed",
        NOW,
        run,
        flow,
    )
    assert delivery.subject == "Flow Nightly report failed"
    assert not RunEvent.objects.filter(pending=True).exists()


def test_rules_of_the_project_hold_for_all_its_flows_and_for_no_other_project(flow, on_call):
    Rule.objects.create(project=flow.project, event="node.failed", user_groups=[on_call.biz_id])
    run = make_run(flow)
    happen(run, "node.failed", make_node_run(run))
    outbox.drain(NOW)
    assert Delivery.objects.get().subject == "Node extract of flow Nightly report failed"


def test_an_event_looked_at_twice_makes_one_delivery_a_receiver(flow, on_call, robot_group):
    run = make_run(flow, rules=[rule("flow.failed", people=[on_call], robots=[robot_group])])
    event = happen(run, "run.failed")
    outbox.drain(NOW)
    RunEvent.objects.filter(pk=event.pk).update(pending=True)
    outbox.drain(NOW)
    assert Delivery.objects.count() == 2


def test_a_second_failure_of_the_same_run_is_told_again(flow, on_call):
    run = make_run(flow, rules=[rule("flow.failed", people=[on_call])])
    happen(run, "run.failed")
    outbox.drain(NOW)
    happen(run, "run.failed")
    outbox.drain(NOW)
    assert Delivery.objects.count() == 2


def test_events_nobody_asked_for_leave_the_outbox_without_a_trace(flow, on_call):
    run = make_run(flow, rules=[rule("flow.succeeded", people=[on_call])])
    happen(run, "run.failed")
    happen(run, "run.kill_failed")
    assert has_work(NOW)
    outbox.drain(NOW)
    assert not has_work(NOW)
    assert not Delivery.objects.exists()


def test_a_backlog_is_drained_in_bounded_batches_with_a_flat_number_of_queries(
    flow, on_call, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr(outbox, "BATCH", 40)
    rules = [rule("flow.failed", people=[on_call])]
    run = make_run(flow, rules=rules)
    for _ in range(100):
        happen(run, "run.failed")
    with django_assert_max_num_queries(15):
        outbox.drain(NOW, batches=1)
    assert RunEvent.objects.filter(pending=True).count() == 60
    outbox.drain(NOW)
    assert Delivery.objects.count() == 100


def test_an_unknown_group_makes_a_delivery_that_was_given_up_and_says_why(flow):
    run = make_run(flow, rules=[rule("flow.failed", people=["AUG-from-elsewhere"])])
    happen(run, "run.failed")
    outbox.drain(NOW)
    delivery = Delivery.objects.get()
    assert (delivery.due_at, delivery.given_up_at) == (None, NOW)
    assert "no user group" in delivery.trouble


def test_the_message_says_what_failed_why_when_and_where_to_look(settings, flow, on_call, tmp_path):
    settings.HEADRACE_HOME = tmp_path
    settings.HEADRACE_URL = "https://headrace.example/"
    run = make_run(flow, rules=[rule("flow.failed", people=[on_call])], failed=1)
    node = make_node_run(run, exit_code=3, attempt=2)
    write_log(run, node, 2, "".join(f"line {number}\n" for number in range(50)))
    happen(run, "run.failed")
    outbox.drain(NOW)

    body = Delivery.objects.get().body
    assert "Project: Orders" in body
    assert "2026-03-01 13:05:06 KST" in body
    assert "Node extract: it ended with exit code 3." in body
    assert f"https://headrace.example/runs/{run.ref}/" in body
    assert "    line 49" in body and "line 39" not in body


def test_a_node_is_told_of_as_it_was_when_it_failed_although_it_was_rerun_since(flow, on_call):
    run = make_run(flow, rules=[rule("node.failed", people=[on_call])])
    node = make_node_run(run, state=State.RUNNING, exit_code=None, attempt=3)
    happen(run, "node.failed", node, exit_code=137, reason="killed: out of memory", attempt=2)
    outbox.drain(NOW)
    assert "Node extract: killed: out of memory" in Delivery.objects.get().body


def test_secret_values_are_masked_in_reasons_and_log_lines(settings, flow, on_call, tmp_path):
    settings.HEADRACE_HOME = tmp_path
    Variable.objects.create(project=flow.project, name="PW", value="s3cr3t-pa55", secret=True)
    run = make_run(
        flow, rules=[rule("flow.failed", people=[on_call])], reason="login with s3cr3t-pa55 refused"
    )
    node = make_node_run(run, reason="curl -u root:s3cr3t-pa55 ended with 22")
    write_log(run, node, 1, "PW=s3cr3t-pa55\n")
    happen(run, "run.failed")
    outbox.drain(NOW)
    delivery = Delivery.objects.get()
    assert "s3cr3t-pa55" not in delivery.subject + delivery.body
    assert delivery.body.count("******") == 3


def test_the_message_is_in_the_language_of_the_installation_not_of_whoever_drains(settings, flow, on_call):
    run = make_run(flow, rules=[rule("flow.failed", people=[on_call])])
    happen(run, "run.failed")
    with translation.override("ko"):
        outbox.drain(NOW)
    assert Delivery.objects.get().subject == "Flow Nightly report failed"


def test_a_name_with_a_line_break_cannot_break_the_subject(project, on_call):
    flow = make_flow(project, name="one\nBcc: all@example.com")
    run = make_run(flow, rules=[rule("flow.failed", people=[on_call])])
    happen(run, "run.failed")
    outbox.drain(NOW)
    assert "\n" not in Delivery.objects.get().subject


def write_log(run, node, attempt: int, text: str) -> None:
    path: Path = log_path(run.uid, node.ordinal, attempt)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
