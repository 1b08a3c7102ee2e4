"""What is set of a control node, read from the JSON that its job holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any, get_args

from apps.engine.business_control import read_branch, read_join, read_sub_flow
from apps.engine.control import Answerer, Approval, Branch, Control, Join, Lapse, Side, SubFlow, Wait, Way
from apps.engine.expressions import BadExpression, check_expression
from apps.engine.rules import TriggerRule
from apps.engine.states import ENDED

_PARAMETER = re.compile(r"\$\{[^}]*\}|\$\[[^\]]*\]")

#: The longest wait: a year and a day.
MAX_SECONDS = 366 * 86400
MAX_DAYS = 366
MAX_MEMBERS = 50
MAX_MESSAGE = 1000
MAX_WAYS = 50
MAX_SIDES = 500
MAX_NAME = 128
#: What a join may need, and the rule of the engine that says so.
NEEDS = {
    "succeeded_or_skipped": TriggerRule.NONE_FAILED,
    "all": TriggerRule.ALL_SUCCEEDED,
    "any": TriggerRule.ONE_SUCCEEDED,
    "count": TriggerRule.COUNT_SUCCEEDED,
    "ended": TriggerRule.ALL_ENDED,
}


class BadControl(ValueError):
    """What is set of a control node cannot be. `field` is the key that says it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def read_control(kind: str, text: str) -> Control | None:
    """What `text` sets for a node of this kind; None where the kind is none of these. Raises BadControl."""
    read = READERS.get(kind)
    if read is None:
        return None
    given = _parsed(text)
    if kind in FOREIGN and (found := FOREIGN[kind](given)) is not None:
        return found
    if not isinstance(given, dict):
        raise BadControl('An object is needed here, like {"seconds": 60}.')
    return read(given)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        raise BadControl(f"This is not JSON: {error}.") from None


def _read_wait(given: Mapping[str, Any]) -> Wait:
    _known(given, "seconds", "until", "days")
    seconds, days = _number(given, "seconds", MAX_SECONDS), _number(given, "days", MAX_DAYS)
    until = given.get("until") or None
    if (until is None) == (not seconds):
        raise BadControl("A wait is for a number of seconds, or until a time of day: give one of them.")
    if until is None:
        return Wait(seconds)
    try:
        at = time.fromisoformat(until)
    except (ValueError, TypeError):
        raise BadControl("A time of day is written like 09:30.", "until") from None
    if at.tzinfo is not None:
        raise BadControl("A time of day is one of the flow's zone: leave the offset out.", "until")
    return Wait(until=at, days=days)


def _read_approval(given: Mapping[str, Any]) -> Approval:
    _known(given, "role", "members", "message", "timeout", "on_timeout")
    members = given.get("members", [])
    if not isinstance(members, list) or not all(isinstance(name, str) and name for name in members):
        raise BadControl("The members who may approve are a list of names.", "members")
    if len(members) > MAX_MEMBERS:
        raise BadControl(f"At most {MAX_MEMBERS} members can be named.", "members")
    message = given.get("message", "")
    if not isinstance(message, str) or len(message) > MAX_MESSAGE:
        raise BadControl(f"The message is a text of at most {MAX_MESSAGE} characters.", "message")
    return Approval(
        role=_choice(given, "role", "operator", get_args(Answerer)),
        members=tuple(dict.fromkeys(members)),
        message=message,
        timeout=_number(given, "timeout", MAX_SECONDS),
        lapse=_choice(given, "on_timeout", "fail", get_args(Lapse)),
    )


def _read_sub_flow(given: Mapping[str, Any]) -> SubFlow:
    _known(given, "flow", "params")
    flow, params = given.get("flow", ""), given.get("params", {})
    # None is chosen yet where a node was just drawn: that is told where it is to run.
    if not isinstance(flow, str) or len(flow.strip()) > MAX_NAME:
        raise BadControl("Which flow is to run? Give its id.", "flow")
    if not isinstance(params, dict) or any(isinstance(value, dict | list) for value in params.values()):
        raise BadControl("The parameters are an object of names and plain values.", "params")
    return SubFlow(flow.strip(), tuple((name, _plain(value)) for name, value in params.items()))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _read_branch(given: Mapping[str, Any]) -> Branch:
    _known(given, "ways", "take", "after")
    ways = tuple(_read_way(raw) for raw in _list(given, "ways", MAX_WAYS))
    if not ways:
        raise BadControl("A branch needs at least one way.", "ways")
    names = [way.name for way in ways]
    if len(set(names)) < len(names):
        raise BadControl("Two ways of a branch have the same name.", "ways")
    if sum(not way.when for way in ways) > 1:
        raise BadControl("Only one way can be without a condition: the one for everything else.", "ways")
    return Branch(
        ways,
        every=_choice(given, "take", "first", ("first", "all")) == "all",
        after_all=_choice(given, "after", "succeeded", ("succeeded", "ended")) == "ended",
    )


def _read_way(raw: Any) -> Way:
    if not isinstance(raw, dict):
        raise BadControl('A way is an object like {"name": "big", "when": "rows > 100"}.', "ways")
    _known(raw, "name", "when")
    when = raw.get("when", "")
    return Way(_name(raw, "ways"), _condition(when, "ways") if when else "")


def _read_join(given: Mapping[str, Any]) -> Join:
    _known(given, "needs", "count", "when", "sides")
    when = given.get("when", "")
    needs = _choice(given, "needs", "ended" if when else "succeeded_or_skipped", tuple(NEEDS))
    count = _number(given, "count", MAX_SIDES)
    if needs == "count" and not count:
        raise BadControl("How many must have succeeded? Give a count of 1 or more.", "count")
    sides = tuple(_read_side(raw) for raw in _list(given, "sides", MAX_SIDES))
    return Join(NEEDS[needs], count, _condition(when, "when") if when else "", sides)


def _read_side(raw: Any) -> Side:
    if not isinstance(raw, dict) or not isinstance(raw.get("node"), str):
        raise BadControl('A side is an object like {"name": "b1", "node": "load"}.', "sides")

    _known(raw, "name", "node", "in")
    states = raw.get("in", ["succeeded"])
    if not isinstance(states, list) or not set(states) <= {str(state) for state in ENDED}:
        raise BadControl(f"The states of a side are some of {', '.join(sorted(ENDED))}.", "sides")
    return Side(_name(raw, "sides"), raw["node"], tuple(states))


def _name(raw: Mapping[str, Any], field: str) -> str:
    name = raw.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise BadControl(f"A name of 1 to {MAX_NAME} characters is needed.", field)
    return name


def _condition(when: Any, field: str) -> str:
    if not isinstance(when, str):
        raise BadControl("A condition is a text.", field)
    try:
        # What stands for a parameter may stand where no name may.
        check_expression(_PARAMETER.sub("1", when))
    except BadExpression as error:
        raise BadControl(f"“{when}”: {error}", field) from None
    return when


def _list(given: Mapping[str, Any], key: str, most: int) -> list[Any]:
    value = given.get(key, [])
    if not isinstance(value, list) or len(value) > most:
        raise BadControl(f"{key} is a list of at most {most}.", key)
    return value


def _known(given: Mapping[str, Any], *keys: str) -> None:
    for key in given:
        if key not in keys:
            raise BadControl(f"There is no setting {key}; there are {', '.join(keys)}.", key)


def _number(given: Mapping[str, Any], key: str, most: int) -> int:
    value = given.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise BadControl(f"{key} is a whole number from 0 to {most}.", key)
    return value


def _choice(given: Mapping[str, Any], key: str, default: str, choices: tuple[str, ...]) -> Any:
    value = given.get(key, default)
    if value not in choices:
        raise BadControl(f"{key} is one of {', '.join(choices)}.", key)
    return value


READERS: dict[str, Callable[[Mapping[str, Any]], Control]] = {
    "WAIT": _read_wait,
    "APPROVAL": _read_approval,
    "BRANCH": _read_branch,
    "JOIN": _read_join,
    "SUB_FLOW": _read_sub_flow,
    "SUB_PROCESS": _read_sub_flow,
    "CONTROLLER_BRANCH": _read_branch,
    "CONTROLLER_JOIN": _read_join,
}
#: Kinds whose content may also be as another product writes it.
FOREIGN: dict[str, Callable[[Any], Control | None]] = {
    "CONTROLLER_BRANCH": read_branch,
    "CONTROLLER_JOIN": read_join,
    "SUB_PROCESS": read_sub_flow,
}
