"""Scripts that import each other, fetched at once instead of one behind the other."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*?"(\.[^"]+)";', re.MULTILINE)


@register.simple_tag
def module_preloads(entry: str) -> SafeString:
    """`<link rel="modulepreload">` for all that the module `entry` imports, directly or not."""
    names = imported_by(entry) if settings.DEBUG else _remembered(entry)
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', ((static(name),) for name in names))


def imported_by(entry: str) -> tuple[str, ...]:
    """The modules below the static folders that `entry` needs, itself left out."""
    found: dict[str, None] = {entry: None}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        path = finders.find(name)
        if path is None:
            raise FileNotFoundError(f"There is no static file {name}.")
        for relative in _IMPORT.findall(Path(str(path)).read_text()):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
            if target not in found:
                found[target] = None
                waiting.append(target)
    return tuple(found)[1:]


_remembered = lru_cache(maxsize=32)(imported_by)
