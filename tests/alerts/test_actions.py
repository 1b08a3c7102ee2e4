from __future__ import annotations

import pytest

from apps.alerts import actions
from apps.alerts.models import Contact, Delivery, DingTalkGroup, Rule, UserGroup
from apps.alerts.rules import clean_rules, merged
from apps.lib.errors import Conflict, Invalid
from apps.projects.models import AuditEntry
from tests.alerts.builders import NOW, rule

pytestmark = pytest.mark.django_db
WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=hush"


def test_a_contact_is_made_changed_and_deleted(owner):
    contact = actions.create_contact(name=" Mina ", email="mina@example.com", by=owner)
    assert (contact.name, contact.owner, contact.biz_id[:3]) == ("Mina", owner, "AC-")
    actions.update_contact(contact, by=owner, email="mina@example.org")
    assert Contact.objects.get().email == "mina@example.org"
    actions.delete_receiver(contact, by=owner)
    assert not Contact.objects.exists()
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == [
        "create",
        "update",
        "delete",
    ]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"name": "Mina", "email": "mina at example"}, "email"),
        ({"name": "Mina", "phone_number": "1" * 33}, "phone_number"),
    ],
)
def test_a_wrong_contact_is_refused_by_its_field_and_not_stored(owner, fields, wrong):
    with pytest.raises(Invalid) as refused:
        actions.create_contact(by=owner, **fields)
    assert refused.value.field == wrong
    assert not Contact.objects.exists()


def test_a_user_group_names_its_contacts_by_their_ids(owner, contact):
    group = actions.create_user_group(name="On call", contact_ids=[contact.biz_id], by=owner)
    assert list(group.contacts.all()) == [contact]
    actions.update_user_group(group, by=owner, description="Nights")
    assert list(group.contacts.all()) == [contact]
    actions.update_user_group(group, by=owner, contact_ids=[])
    assert list(group.contacts.all()) == []


def test_an_unknown_contact_is_refused_and_no_group_is_left_behind(owner):
    with pytest.raises(Invalid, match="AC-gone") as refused:
        actions.create_user_group(name="On call", contact_ids=["AC-gone"], by=owner)
    assert refused.value.field == "contact_ids"
    assert not UserGroup.objects.exists()


def test_a_robot_is_kept_sealed_and_without_pasted_blanks(owner):
    group = actions.create_dingtalk_group(name="Data", webhook=f" {WEBHOOK} \n", secret=" SEC1 ", by=owner)
    group.refresh_from_db()
    assert (group.webhook, group.secret) == (WEBHOOK, "SEC1")
    column = DingTalkGroup.objects.extra(select={"raw": "webhook"}).values_list("raw", flat=True).get()
    assert "hush" not in column


@pytest.mark.parametrize(
    "webhook", ["", "oapi.dingtalk.com", "file:///etc/passwd", "https://u:p@example.com/"]
)
def test_what_is_no_web_address_is_refused_as_webhook(owner, webhook):
    with pytest.raises(Invalid) as refused:
        actions.create_dingtalk_group(name="Data", webhook=webhook, by=owner)
    assert refused.value.field == "webhook"


def test_rules_are_stored_whole_and_unknown_groups_are_kept(flow, owner, on_call):
    actions.set_flow_rules(
        flow, [{"event": "flow.failed", "user_groups": [on_call.biz_id, "AUG-gone", "AUG-gone"]}], by=owner
    )
    flow.refresh_from_db()
    assert flow.alert_rules == [rule("flow.failed", people=[on_call, "AUG-gone"])]


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ({}, "alert_rules"),
        ("flow.failed", "alert_rules"),
        ([{"event": "flow.failed"}] * 101, "alert_rules"),
        ([[]], "alert_rules.0"),
        ([{"event": "flow.failed", "webhook": "x"}], "alert_rules.0"),
        ([{"event": "flow.failed"}, {"event": "flow.exploded"}], "alert_rules.1.event"),
        ([{}], "alert_rules.0.event"),
        ([{"event": ["flow.failed"]}], "alert_rules.0.event"),
        ([{"event": "flow.failed", "enabled": "yes"}], "alert_rules.0.enabled"),
        ([{"event": "flow.failed", "user_groups": "AUG-1"}], "alert_rules.0.user_groups"),
        ([{"event": "flow.failed", "dingtalk_groups": [1]}], "alert_rules.0.dingtalk_groups"),
        ([{"event": "flow.failed", "dingtalk_groups": ["x" * 65]}], "alert_rules.0.dingtalk_groups"),
    ],
)
def test_rules_of_another_shape_are_refused_by_their_place(flow, owner, rules, wrong):
    with pytest.raises(Invalid) as refused:
        actions.set_flow_rules(flow, rules, by=owner)
    assert refused.value.field == wrong
    flow.refresh_from_db()
    assert flow.alert_rules == []


def test_a_rule_for_an_event_that_is_not_told_yet_is_kept():
    assert clean_rules([{"event": "node.started"}]) == [rule("node.started")]


def test_the_rules_of_a_project_are_replaced_as_a_whole(project, owner, on_call):
    actions.set_project_rules(project, [rule("flow.failed", people=[on_call]), rule("node.failed")], by=owner)
    actions.set_project_rules(project, [rule("node.failed", enabled=False)], by=owner)
    assert [(row.event, row.enabled) for row in Rule.objects.filter(project=project)] == [
        ("node.failed", False)
    ]


def test_two_rules_for_one_event_read_as_one():
    rules = [rule("flow.failed", people=["A"]), rule("flow.failed", people=["B"], enabled=False), rule("x")]
    assert merged(rules, "flow.failed") == rule("flow.failed", people=["A"])
    assert merged(rules[1:], "flow.failed") == rule("flow.failed", people=["B"], enabled=False)
    assert merged(rules, "node.failed") == rule("node.failed", enabled=False)


def test_a_test_message_goes_to_everyone_in_the_group_at_once(on_call, owner, mailbox, settings):
    assert "mina@example.com" in actions.send_test(on_call, by=owner)
    assert b"olga asked for it" in mailbox.mails[0].content


def test_a_test_message_says_why_it_did_not_arrive(robot_group, robot, owner):
    robot.answer = {"errcode": 310000, "errmsg": "sign not match"}
    with pytest.raises(Conflict, match="errcode 310000: sign not match"):
        actions.send_test(robot_group, by=owner)


def test_a_test_to_a_group_of_nobody_says_so(owner):
    group = actions.create_user_group(name="Empty", by=owner)
    with pytest.raises(Conflict, match="no e-mail address"):
        actions.send_test(group, by=owner)


def make_delivery(project, **fields) -> Delivery:
    given = {"event_kind": "flow.failed", "channel": "email", "receiver_id": "AC-1", "receiver_name": "Mina"}
    return Delivery.objects.create(project=project, subject="s", body="b", **given | fields)


def test_a_message_that_was_given_up_is_sent_again_with_all_its_tries(project, owner):
    delivery = make_delivery(project, given_up_at=NOW, tries_made=16, trouble="refused")
    actions.replay(delivery, by=owner)
    assert delivery.due_at is not None
    assert (delivery.given_up_at, delivery.tries_made, delivery.trouble) == (None, 0, "")


def test_a_message_on_its_way_is_not_sent_a_second_time(project, owner):
    with pytest.raises(Conflict):
        actions.replay(make_delivery(project, due_at=NOW), by=owner)
