"""AlertConf of a flow: EMR's event ids and group lists, to and from our rules."""

from __future__ import annotations

import json
from typing import Any

from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.parameters import Parameters

#: Every event id of data development -> our name of the event.
EVENTS: dict[str, str] = {
    "EMR-110401002": "flow.succeeded",
    "EMR-110401003": "flow.submitted",
    "EMR-110401004": "job.submitted",
    "EMR-110401005": "node.started",
    "EMR-110401006": "node.checked",
    "EMR-110401007": "node.succeeded",
    "EMR-110401008": "node.stopped",
    "EMR-110401009": "node.killed",
    "EMR-110401010": "flow.killed",
    "EMR-110401011": "flow.restarted",
    "EMR-110401012": "flow.resumed",
    "EMR-110401013": "flow.suspended",
    "EMR-110401014": "flow.stopped",
    "EMR-110401015": "node.failed",
    "EMR-110401016": "job.failed",
    "EMR-210401001": "flow.failed",
    "EMR-210401003": "node.start_timed_out",
    "EMR-210401004": "job.start_timed_out",
}
_IDS = {event: event_id for event_id, event in EVENTS.items()}


def read_alert_conf(p: Parameters) -> list[dict[str, Any]] | None:
    """The rules that AlertConf sets; None when it is not given. Groups are kept by id, known or not."""
    if "AlertConf" not in p:
        return None
    items = (p.json_object("AlertConf") or {"items": []}).get("items")
    if not isinstance(items, list):
        raise invalid_parameter("AlertConf", '"items" must be a list')
    return [_read_item(number, item) for number, item in enumerate(items)]


def render_alert_conf(rules: list[dict[str, Any]]) -> str:
    items = [
        {
            "enable": bool(rule.get("enabled", True)),
            "eventId": _IDS[rule["event"]],
            "alertUserGroupIdList": list(rule.get("user_groups", ())),
            "alertDingDingGroupList": list(rule.get("dingtalk_groups", ())),
        }
        for rule in rules
        if rule.get("event") in _IDS
    ]
    return json.dumps({"items": items}, separators=(",", ":")) if items else ""


def _read_item(number: int, item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise invalid_parameter("AlertConf", f"items[{number}] must be an object")
    event = EVENTS.get(str(item.get("eventId")))
    if event is None:
        raise invalid_parameter("AlertConf", f"items[{number}].eventId is none of {', '.join(EVENTS)}")
    return {
        "event": event,
        "enabled": item.get("enable", True) is True,
        "user_groups": _read_ids(number, item, "alertUserGroupIdList"),
        "dingtalk_groups": _read_ids(number, item, "alertDingDingGroupList"),
    }


def _read_ids(number: int, item: dict[str, Any], key: str) -> list[str]:
    ids = item.get(key) or []
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise invalid_parameter("AlertConf", f"items[{number}].{key} must be a list of ids")
    return ids
