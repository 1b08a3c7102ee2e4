from __future__ import annotations

import pytest

from apps.alerts.events import BY_KIND, EVENTS, TOLD
from apps.alerts.matching import Directory, Person, receivers

MINA, JOON, MUTE = (
    Person("AC-1", "Mina", "mina@x.io"),
    Person("AC-2", "Joon", "joon@x.io"),
    Person("AC-3", "Mute"),
)
DIRECTORY = Directory(
    user_groups={
        "AUG-day": ("Day", (MINA, JOON)),
        "AUG-night": ("Night", (MINA, MUTE)),
        "AUG-mute": ("Mute", (MUTE,)),
        "AUG-empty": ("Empty", ()),
    },
    dingtalk_groups={"ADG-1": "Data team"},
)


def told(event: str, *rules: dict) -> list[tuple[str, str, bool]]:
    return [(r.channel, r.id, bool(r.trouble)) for r in receivers(event, rules, DIRECTORY)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], []),
        ([{"event": "flow.failed"}], []),
        ([{"event": "flow.failed", "user_groups": ["AUG-day"]}], [("email", "AC-1"), ("email", "AC-2")]),
        ([{"event": "flow.succeeded", "user_groups": ["AUG-day"]}], []),
        ([{"event": "flow.failed", "enabled": False, "user_groups": ["AUG-day"]}], []),
        ([{"event": "flow.failed", "dingtalk_groups": ["ADG-1"]}], [("dingtalk", "ADG-1")]),
        # A person in two groups, and a group in two rules, is told once.
        (
            [
                {
                    "event": "flow.failed",
                    "user_groups": ["AUG-day", "AUG-night"],
                    "dingtalk_groups": ["ADG-1"],
                },
                {"event": "flow.failed", "user_groups": ["AUG-night"], "dingtalk_groups": ["ADG-1"]},
            ],
            [("email", "AC-1"), ("email", "AC-2"), ("dingtalk", "ADG-1")],
        ),
        # Who has no address is passed over as long as somebody else has one.
        ([{"event": "flow.failed", "user_groups": ["AUG-night"]}], [("email", "AC-1")]),
    ],
)
def test_an_event_is_told_to_each_receiver_of_its_rules_once(rules, expected):
    assert told("flow.failed", *rules) == [(*receiver, False) for receiver in expected]


@pytest.mark.parametrize(
    ("key", "group"),
    [
        ("user_groups", "AUG-gone"),
        ("user_groups", "AUG-empty"),
        ("user_groups", "AUG-mute"),
        ("dingtalk_groups", "ADG-gone"),
    ],
)
def test_a_group_that_reaches_nobody_is_reported_instead_of_passed_over(key, group):
    channel = "email" if key == "user_groups" else "dingtalk"
    assert told("node.failed", {"event": "node.failed", key: [group]}) == [(channel, group, True)]


def test_every_event_that_is_told_has_a_kind_of_its_own():
    assert len(BY_KIND) == len(TOLD)
    assert {"flow.failed", "flow.succeeded", "node.failed"} <= {event.name for event in TOLD}
    assert all(len(name) <= 32 for name in EVENTS)
