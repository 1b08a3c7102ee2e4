"""Addresses of objects: `oss://bucket/key`, `res:///file`, `hdfs://namenode/file`, `file:///file`.

An address may carry what opens it (`oss://key:secret@bucket.endpoint/object`). Its text is
shown with the secret masked everywhere; `parse_address` takes it apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

#: Schemes of buckets, whatever store they lie in.
SCHEMES = ("s3", "oss", "ossref", "obs")
#: All that a resource of a job may begin with: `res` is the project's own store.
ALL_SCHEMES = (*SCHEMES, "res", "hdfs", "file")
#: Those whose bucket may be followed by the endpoint it is at; such buckets have no dots.
WITH_ENDPOINT = ("oss", "ossref")
LONGEST_KEY = 1024
LONGEST_PATH = 4096
#: Below this, in every bucket, lies what we keep for ourselves.
RESERVED = "_headrace"
MASK = "******"

_BUCKET = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?")
_AUTHORITY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?(?::\d{1,5})?")
_SECRET = re.compile(r"(://[^\s/@:]*:)([^\s/@]+)(?=@)")


class BadAddress(ValueError):
    """The text names no object. `text` % `values` says why; pages translate `text`."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text % values)
        self.text = text
        self.values = values


def _(text: str) -> str:
    """Mark a text that pages translate, as gettext_noop does where Django is at hand."""
    return text


@dataclass(frozen=True, slots=True)
class Address:
    """`bucket` is the name node of HDFS, and empty for files and the project's own store."""

    scheme: str
    bucket: str
    key: str
    access_key: str = ""
    secret: str = field(default="", repr=False)
    endpoint: str = ""

    def __str__(self) -> str:
        """The address as it may be shown."""
        user = quote(self.access_key, safe="")
        if self.secret:
            user += f":{MASK}"
        host = f"{self.bucket}.{self.endpoint}" if self.endpoint else self.bucket
        return f"{self.scheme}://{user}{'@' if user else ''}{host}/{self.key.removeprefix('/')}"

    @property
    def name(self) -> str:
        """The last part of its key: what a file of it is called."""
        return self.key.rstrip("/").rpartition("/")[2]


def masked(text: str) -> str:
    """A text with the secrets of all addresses in it masked.

    >>> masked("cp oss://me:hidden@box/a.jar .")
    'cp oss://me:******@box/a.jar .'
    """
    return _SECRET.sub(rf"\1{MASK}", text)


def secrets_in(text: str) -> list[str]:
    """What opens the addresses in a text, as it stands there and as it is meant.

    >>> secrets_in("ls oss://me:a%2Fb@box/x")
    ['a%2Fb', 'a/b']
    """
    written = [found[2] for found in _SECRET.finditer(text) if found[2] != MASK]
    return list(dict.fromkeys(form for secret in written for form in (secret, unquote(secret))))


def split_secret(text: str) -> tuple[str, str]:
    """An address with its secret masked, and that secret, "" when there is none.

    >>> split_secret("oss://me:hidden@box/a.jar")
    ('oss://me:******@box/a.jar', 'hidden')
    """
    found = _SECRET.search(text)
    return (masked(text), unquote(found[2])) if found else (text, "")


def join_secret(text: str, secret: str) -> str:
    """The address with its secret in it again.

    >>> join_secret("oss://me:******@box/a.jar", "hidden")
    'oss://me:hidden@box/a.jar'
    """
    return _SECRET.sub(lambda found: found[1] + quote(secret, safe=""), text, count=1) if secret else text


def parse_address(text: str) -> Address:
    """An address taken apart; a bare `/path` is one of HDFS, as EMR has it. Raises BadAddress.

    >>> parse_address("oss://me:hidden@box.oss-cn-hangzhou.aliyuncs.com/in/a.csv").endpoint
    'oss-cn-hangzhou.aliyuncs.com'
    """
    scheme, separator, rest = text.partition("://")
    if not separator and text.startswith("/"):
        scheme, rest = "hdfs", text
    scheme = scheme.lower()
    if scheme not in ALL_SCHEMES or not text.isprintable():
        raise BadAddress(
            _("an address begins with one of %(schemes)s"),
            schemes=", ".join(f"{name}://" for name in ALL_SCHEMES),
        )
    authority, _slash, path = rest.partition("/")
    if scheme in SCHEMES:
        return _object_address(scheme, authority, path)
    if scheme == "hdfs":
        return _hdfs_address(authority, path)
    if authority not in ("", "localhost"):
        raise BadAddress(_("it names no host: three slashes come after %(scheme)s"), scheme=f"{scheme}:")
    if scheme == "file":
        return Address(scheme, "", _check_path(path))
    return Address(scheme, "", check_key(path))


def split_address(text: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`. Raises BadAddress.

    >>> split_address("oss://aitems/dataflow1/a.csv")
    ('aitems', 'dataflow1/a.csv')
    """
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in SCHEMES:
        schemes = ", ".join(f"{name}://" for name in SCHEMES)
        raise BadAddress("an address begins with one of %(schemes)s", schemes=schemes)
    bucket, _, key = rest.partition("/")
    return check_bucket(bucket), check_key(key)


def check_bucket(bucket: str) -> str:
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise BadAddress(_("a bucket's name is made of letters, digits, dots and dashes"))
    return bucket


def check_authority(text: str) -> str:
    """The host and port of a name node or an endpoint. Raises BadAddress."""
    if not _AUTHORITY.fullmatch(text) or ".." in text:
        raise BadAddress(_("%(text)s is no name of a host"), text=text)
    return text


def check_key(key: str) -> str:
    """A key without the slashes around it. Raises BadAddress when it is empty or climbs."""
    key = key.strip("/")
    if not key:
        raise BadAddress(_("a key must not be empty"))
    if len(key.encode("utf-8", "surrogatepass")) > LONGEST_KEY:
        raise BadAddress(_("a key has at most %(most)d bytes"), most=LONGEST_KEY)
    if any(part in ("", ".", "..") for part in key.split("/")) or "\\" in key or not key.isprintable():
        raise BadAddress(
            _("a key has no empty parts, no dots alone, no backslashes and no control characters")
        )
    return key


def is_hidden(key: str, prefix: str) -> bool:
    """Whether a reader of `prefix` passes over the object: its name below it begins with _ or a dot."""
    below = key[len(prefix) :].strip("/")
    return any(part.startswith(("_", ".")) for part in below.split("/") if part)


def _object_address(scheme: str, authority: str, path: str) -> Address:
    user, _at, host = authority.rpartition("@")
    access_key, _colon, secret = user.partition(":")
    bucket, endpoint = host, ""
    if scheme in WITH_ENDPOINT and "." in host:
        bucket, _dot, endpoint = host.partition(".")
        check_authority(endpoint)
    return Address(
        scheme, check_bucket(bucket), check_key(path), unquote(access_key), unquote(secret), endpoint
    )


def _hdfs_address(authority: str, path: str) -> Address:
    user, _at, host = authority.rpartition("@")
    if host:
        check_authority(host)
    return Address("hdfs", host, _check_path(path), unquote(user))


def _check_path(path: str) -> str:
    """An absolute path of a file, without anything that climbs."""
    parts = path.split("/")
    if not path or path.endswith("/") or len(path) > LONGEST_PATH:
        raise BadAddress(_("it must name a file"))
    if any(part in ("", ".", "..") for part in parts):
        raise BadAddress(_("a path has no empty parts and no dots alone"))
    return f"/{path}"
