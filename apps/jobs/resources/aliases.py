"""Under which names resources lie in the working directory of an attempt: never outside of it."""

from __future__ import annotations

from collections.abc import Iterable

from apps.jobs.storage.addresses import BadAddress

LONGEST_ALIAS = 255
#: Names that begin so are ours.
OURS = ".headrace"


def _(text: str) -> str:
    """Mark a text that pages translate, as gettext_noop does where Django is at hand."""
    return text


def alias_of(path: str, alias: str) -> str:
    """The name of a resource: what it was given, else the last part of its address.

    >>> alias_of("oss://box/lib/a.jar", "")
    'a.jar'
    """
    return alias or path.rstrip("/").rpartition("/")[2]


def check_alias(alias: str) -> str:
    """The alias as it is, if it names a place below a folder. Raises BadAddress.

    >>> check_alias("lib/a.jar")
    'lib/a.jar'
    """
    parts = alias.split("/")
    if not alias.isprintable() or "\\" in alias:
        raise BadAddress(_("a name has no backslashes and no control characters"))
    if len(alias.encode("utf-8", "surrogatepass")) > LONGEST_ALIAS:
        raise BadAddress(_("a name has at most %(most)d bytes"), most=LONGEST_ALIAS)
    if alias.startswith("/") or ".." in parts:
        raise BadAddress(
            _("%(alias)s would lie outside of the job's working directory: give a name like lib/a.jar"),
            alias=alias,
        )
    if any(part in ("", ".") for part in parts):
        raise BadAddress(_("a name has no empty parts and no dots alone"))
    if parts[0].startswith(OURS):
        raise BadAddress(_("names that begin with %(ours)s are kept for Headrace"), ours=OURS)
    return alias


def check_aliases(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The name of each of these resources (address, alias). Raises BadAddress when two would meet."""
    names: list[str] = []
    for path, alias in pairs:
        name = alias_of(path, alias)
        if alias or name:
            check_alias(name)
        names.append(name)
    taken: set[str] = set()
    folders = {name[:at] for name in names for at, letter in enumerate(name) if letter == "/"}
    for name in filter(None, names):
        if name in taken:
            raise BadAddress(
                _("two files would be called %(alias)s: give one of them another name"), alias=name
            )
        if name in folders:
            raise BadAddress(_("%(alias)s would be a file and a folder at once"), alias=name)
        taken.add(name)
    return names
