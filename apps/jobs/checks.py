"""What a job's fields must be, whoever sets them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.engine.control_reading import FOREIGN, BadControl, read_control
from apps.jobs.dataflow.content import drawable_nodes
from apps.jobs.dataflow.reading import Wrong
from apps.jobs.kinds import KINDS, OFFERED, Setting
from apps.jobs.models import MAX_RETRY, MAX_RETRY_INTERVAL, MAX_SECONDS, Job
from apps.jobs.resources.aliases import check_aliases
from apps.jobs.storage import BadAddress
from apps.lib.errors import Invalid
from apps.projects.models import Tree

#: The trees that hold jobs.
JOB_TREES = (Tree.JOB, Tree.ADHOC)
MAX_ENV_BYTES = 1024
MAX_RESOURCES = 200
#: An attempt gets its content as a file; a larger one is data, and belongs into a resource.
MAX_CONTENT_BYTES = 4 * 1024 * 1024
CHOICES: dict[str, list[str]] = {
    "fail_act": Job.FailAct.values,
    "mode": Job.Mode.values,
    "loss_policy": Job.Loss.values,
    "recurrence": Job.Recurrence.values,
}
RANGES = (
    ("max_retry", 0, MAX_RETRY),
    ("retry_interval", 0, MAX_RETRY_INTERVAL),
    ("start_timeout", 0, MAX_SECONDS),
)
#: Names of these become names of the environment, of `${…}` and of settings.
OBJECTS = ("params_text", "env_text", "run_conf_text")


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raise Invalid with the name of the first field that breaks a rule."""
    for name, low, high in RANGES:
        if name in fields and not low <= fields[name] <= high:
            raise Invalid(
                _("Give a number from %(low)d to %(high)d.") % {"low": low, "high": high}, field=name
            )
    if fields.get("max_running_seconds", 0) < 0:
        raise Invalid(_("A time limit cannot be negative."), field="max_running_seconds")
    for name, choices in CHOICES.items():
        if name in fields and fields[name] not in choices:
            raise Invalid(
                _("%(value)s is not one of %(choices)s.")
                % {"value": fields[name], "choices": ", ".join(choices)},
                field=name,
            )
    for name in OBJECTS:
        read_object(fields.get(name, ""), field=name)
    _check_size(fields, "env_text", MAX_ENV_BYTES)
    _check_size(fields, "content", MAX_CONTENT_BYTES)


def check_resources(resources: Sequence[tuple[str, str]]) -> None:
    """Raise Invalid when there are too many, or one would not lie below the job's working directory.

    Where nothing can be at an address, that is told while drawing and when it runs: a dialect
    may have addresses that are none here.
    """
    if len(resources) > MAX_RESOURCES:
        raise Invalid(
            _("That is %(count)d files; a job has at most %(most)d.")
            % {"count": len(resources), "most": MAX_RESOURCES},
            field="resources",
        )
    try:
        for path, _alias in resources:
            if not path.isprintable():
                raise BadAddress(gettext_noop("an address has no control characters"))
        check_aliases(resources)
    except BadAddress as wrong:
        why = _(wrong.text) % wrong.values
        raise Invalid(_("The files are refused: %(why)s.") % {"why": why}, field="resources") from None


def check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise Invalid(
            _("There is no kind of job called %(kind)s. Known are %(kinds)s.")
            % {"kind": kind, "kinds": ", ".join(OFFERED)},
            field="kind",
        )


def check_for_kind(kind: str, fields: Mapping[str, Any]) -> None:
    """Raise Invalid when what is set of a job cannot be for its kind."""
    if "content" in fields:
        check_content(kind, fields["content"])
    if "run_conf_text" in fields:
        check_settings(kind, fields["run_conf_text"])


def check_settings(kind: str, run_conf_text: str) -> None:
    """Raise Invalid when one of the kind's own settings breaks its rule; one that names ${…} waits for it."""
    known = KINDS.get(kind)
    if known is None or not known.settings:
        return
    given = read_object(run_conf_text, field="run_conf_text")
    for setting in known.settings:
        value = setting_text(given.get(setting.name, ""))
        if problem := setting_problem(setting, value):
            raise Invalid(f"{setting.label}: {problem}", field="run_conf_text")


def setting_text(value: Any) -> str:
    """A value of the run settings as the text that a kind gets."""
    return value if isinstance(value, str) else json.dumps(value)


def setting_problem(setting: Setting, value: str) -> str:
    """What is wrong with a value, in words; nothing when it is right, or will be known when it runs."""
    if not value or "${" in value:
        return ""
    choices = {"choice": [key for key, _label in setting.choices], "switch": ["true", "false"]}
    if setting.type in choices and value not in choices[setting.type]:
        return _("%(value)s is not one of %(choices)s.") % {
            "value": value,
            "choices": ", ".join(choices[setting.type]),
        }
    if setting.type != "number":
        return ""
    if value.isdecimal() and setting.least <= int(value) <= setting.most:
        return ""
    return _("Give a number from %(low)d to %(high)d.") % {"low": setting.least, "high": setting.most}


def check_content(kind: str, content: str) -> None:
    """Raise Invalid when nothing can be made of the content of a kind that is read and not run."""
    try:
        # What another product wrote is kept as it is, and tells what is wrong with it when it runs.
        if kind not in FOREIGN:
            read_control(kind, content)
    except BadControl as error:
        raise Invalid(str(error), field="content") from None
    if kind != "DATAFLOW":
        return
    try:
        drawable_nodes(content)
    except Wrong as wrong:
        raise Invalid(
            _("This is no data flow: %(why)s.") % {"why": wrong.translated()}, field="content"
        ) from None


def read_object(text: str, *, field: str) -> dict[str, Any]:
    """The JSON object of plain values that `text` holds; empty text is an empty one."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Invalid(_("This is not JSON: %(why)s.") % {"why": error}, field=field) from error
    if not isinstance(found, dict):
        raise Invalid(_('An object is needed here, like {"name": "value"}.'), field=field)
    for name, value in found.items():
        if isinstance(value, dict | list):
            raise Invalid(
                _("The value of %(name)s must be a text, a number, true or false.") % {"name": name},
                field=field,
            )
    return found


def _check_size(fields: Mapping[str, Any], name: str, limit: int) -> None:
    size = len(fields.get(name, "").encode())
    if size > limit:
        raise Invalid(
            _("That is %(size)d bytes; at most %(limit)d are kept here.") % {"size": size, "limit": limit},
            field=name,
        )
