"""Replies and errors on the wire: compact JSON, or XML under `<{Action}Response>`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

JSON_TYPE = "application/json;charset=utf-8"
XML_TYPE = "text/xml;charset=utf-8"

#: What XML 1.0 cannot hold even escaped; logs are full of it.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(root: str, reply: Mapping[str, Any], form: str) -> tuple[bytes, str]:
    """The body and its content type; `form` is "JSON" or "XML". Fields that are None are left out."""
    if form == "XML":
        text = f"<?xml version='1.0' encoding='UTF-8'?><{root}>{''.join(_elements(reply))}</{root}>"
        return text.encode("utf-8", "replace"), XML_TYPE
    # Compact on purpose: one client tells lists of texts from lists of objects by the byte after "[".
    text = json.dumps(without_none(reply), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace"), JSON_TYPE


def without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: without_none(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_none(inner) for inner in value if inner is not None]
    return value


def _elements(reply: Mapping[str, Any]) -> Iterator[str]:
    for name, value in reply.items():
        for item in value if isinstance(value, list) else (value,):
            if item is not None:
                yield f"<{name}>{_content(item)}</{name}>"


def _content(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(_elements(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(_NOT_XML.sub("\ufffd", str(value)))
