"""Reading a request's body: JSON, of bounded size, that can be stored."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from apps.gateways.rest.errors import TooLarge

#: Escapes that may stand for NUL or for half a surrogate pair.
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89abAB])")


class StrictJSONParser(BaseParser):
    """Refuses what is too large, what is not JSON (NaN), and text that no database keeps."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            message = _("The body is larger than {limit} bytes, the most that is accepted here.")
            raise TooLarge(message.format(limit=limit))
        try:
            value = json.loads(body.decode(), parse_constant=_not_json)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not JSON: {why}.").format(why=error)) from None
        if _SUSPECT.search(body) and not _is_storable(value):
            raise ParseError(_("The body holds a NUL character or half of a surrogate pair."))
        return value


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _is_storable(value: Any) -> bool:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            todo += item
        elif isinstance(item, str) and ("\0" in item or any("\ud800" <= c <= "\udfff" for c in item)):
            return False
    return True
