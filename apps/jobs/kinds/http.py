"""A call to a web address, through the guard of all outgoing calls."""

from __future__ import annotations

import json
import re

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds.contract import Command, JobError, Kind, Setting, Work
from apps.jobs.kinds.modules import module_command
from apps.lib.outbound import Refused, require_web_address

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_STATUSES = re.compile(r"\s*(\d{3})\s*(?:-\s*(\d{3})\s*)?")
#: Of the connection and not of the message: nobody but the client says these.
_OURS = frozenset({"content-length", "transfer-encoding", "connection", "host"})


def command(work: Work) -> Command:
    """The content is the body that is sent."""
    options = work.options
    try:
        require_web_address(options["url"])
    except Refused as error:
        raise JobError(f"its address cannot be called: {error}") from None
    spec = {
        "method": options["method"],
        "url": options["url"].strip(),
        "headers": _headers(work),
        "body": work.content,
        "statuses": _statuses(options["statuses"]),
        "timeout": int(options["timeout"] or 30),
        "keep": _pointer(options["keep"]),
        "allow": list(settings.HEADRACE_OUTBOUND_ALLOW),
        "result": str(work.result_of(work.task)),
    }
    return module_command(work, "apps.jobs.http.run", spec)


def _headers(work: Work) -> dict[str, str]:
    """Line by line before values are put in, so that no value can bring a header of its own."""
    written = json.loads(work.settings.get("run_conf") or "{}").get("headers", "")
    found = {}
    for line in filter(str.strip, str(written).splitlines()):
        name, colon, value = (part.strip() for part in line.partition(":"))
        value = work.expand(value)
        if not colon or not _NAME.fullmatch(name) or re.search(r"[\r\n\0]", value):
            raise JobError(f"a header must be a line like Name: value, which {name} is not")
        if name.lower() in _OURS:
            raise JobError(f"the header {name} is made by the call itself")
        found[name] = value
    names = {name.lower() for name in found}
    if work.content and "content-type" not in names:
        found["Content-Type"] = _content_type(work.content)
    return found


def _content_type(content: str) -> str:
    try:
        json.loads(content)
    except ValueError:
        return "text/plain; charset=utf-8"
    return "application/json"


def _statuses(text: str) -> list[tuple[int, int]]:
    """
    >>> _statuses("200-299, 404")
    [(200, 299), (404, 404)]
    """
    found = []
    for part in text.split(","):
        match = _STATUSES.fullmatch(part)
        if match is None:
            raise JobError(f"the expected statuses must be like 200-299, 404, which {text!r} is not")
        found.append((int(match[1]), int(match[2] or match[1])))
    return found


def _pointer(text: str) -> str:
    if text and not text.startswith("/"):
        raise JobError(f"what is kept is named by a JSON pointer like /items/0, which {text!r} is not")
    return text


HTTP = Kind(
    name="HTTP",
    label="HTTP",
    family="shell",
    icon="globe",
    mode="json",
    shape="httpJobNode",
    command=command,
    about=_("A call to a web address. The content is the body that is sent."),
    settings=(
        Setting(
            "method",
            _("Method"),
            type="choice",
            default="GET",
            choices=tuple((name, name) for name in METHODS),
        ),
        Setting(
            "url", _("Address"), required=True, placeholder="https://api.example.org/v1/items?day=${day}"
        ),
        Setting(
            "headers",
            _("Headers"),
            type="lines",
            help=_("One a line. ${token} takes a secret from the project's variables."),
            placeholder="Authorization: Bearer ${token}",
        ),
        Setting(
            "statuses",
            _("Expected statuses"),
            default="200-299",
            help=_("Any other fails the job, which is retried as its settings say."),
        ),
        Setting("timeout", _("Seconds for the answer"), type="number", default="30", least=1, most=3600),
        Setting(
            "keep",
            _("Kept as result"),
            help=_("A JSON pointer into the answer, like /data/items; / keeps all of it. Lists become rows."),
            placeholder="/data/items",
        ),
    ),
    rows=True,
)
