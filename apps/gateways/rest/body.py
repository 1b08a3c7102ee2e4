"""Reading a request's body: JSON, of bounded size, that can be stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from apps.gateways.rest.errors import TooLarge
from apps.lib.strict_json import read_json


class StrictJSONParser(BaseParser):
    """Refuses what is too large, what is not JSON (NaN), and what no database keeps."""

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
            return read_json(body.decode())
        except ValueError as error:
            raise ParseError(_("The body is not JSON: {why}.").format(why=error)) from None
