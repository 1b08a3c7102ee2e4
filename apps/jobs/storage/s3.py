"""Objects in an S3-compatible store (see `storage`), and in OSS by its S3 endpoint.

OSS takes virtual-host addressing alone, and no uploads in chunks with a checksum behind
them: so none are made for any store.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from functools import lru_cache, partial
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected
from botocore.session import Session

from apps.jobs.storage.addresses import check_bucket, check_key
from apps.jobs.storage.contract import PAGE, Found, Missing, Opened, Page, Readable, StorageError
from apps.jobs.storage.places import Place

DEFAULT_REGION = "us-east-1"
#: A part of an upload; a store takes 10,000 of them, so the largest object is 160 GB.
PART = 16 << 20
CONNECT_PATIENCE, READ_PATIENCE = 5, 60
UNREACHED = {
    "SSLError": "its certificate is not accepted",
    "ConnectTimeoutError": "it does not answer",
    "ReadTimeoutError": "it does not answer",
    "ConnectionClosedError": "it hung up",
}
MISSING = frozenset({"404", "NoSuchKey", "NoSuchBucket", "NotFound"})

# It logs requests with what signs them, one level below what is shown.
logging.getLogger("botocore").setLevel(logging.WARNING)


class S3:
    def __init__(self, place: Place) -> None:
        address = urlsplit(place.url)
        if address.scheme not in ("http", "https") or not address.netloc:
            raise StorageError("the endpoint of a store must be the http or https address of an S3 endpoint")
        self.place = place
        self.scheme = address.scheme
        self.virtual = place.addressing == "virtual"
        self.client = _client(place)

    def uri(self, bucket: str, key: str) -> str:
        return f"s3://{check_bucket(bucket)}/{check_key(key)}"

    def options(self) -> dict[str, str]:
        return {
            "aws_access_key_id": self.place.key,
            "aws_secret_access_key": self.place.secret,
            "aws_region": self.place.region or DEFAULT_REGION,
            "aws_endpoint_url": self.place.url,
            "aws_allow_http": "true" if self.scheme == "http" else "false",
            "aws_virtual_hosted_style_request": "true" if self.virtual else "false",
        }

    def find(self, bucket: str, prefix: str) -> list[Found]:
        found = self.head(bucket, prefix)
        rows, after = [found] if found else [], ""
        while True:
            answer = self._list(bucket, f"{check_key(prefix)}/", after, limit=1000)
            rows += [_found(row) for row in answer.get("Contents", ()) if not row["Key"].endswith("/")]
            after = answer.get("NextContinuationToken", "")
            if not after:
                return sorted(rows, key=lambda row: row.key)

    def page(self, bucket: str, folder: str, after: str = "", limit: int = PAGE) -> Page:
        prefix = f"{check_key(folder)}/" if folder else ""
        answer = self._list(bucket, prefix, after, limit=limit, Delimiter="/")
        rows = answer.get("Contents", ())
        folders = (row["Prefix"].removesuffix("/") for row in answer.get("CommonPrefixes", ()))
        return Page(
            tuple(name.rpartition("/")[2] for name in folders),
            tuple(_found(row) for row in rows if not row["Key"].endswith("/")),
            answer.get("NextContinuationToken", ""),
        )

    def head(self, bucket: str, key: str) -> Found | None:
        try:
            answer = self._call("head_object", bucket, key, "looked at")
        except Missing:
            return None
        return Found(check_key(key), answer["ContentLength"], _nanoseconds(answer["LastModified"]))

    def open(self, bucket: str, key: str) -> Opened:
        answer = self._call("get_object", bucket, key, "read")
        version = f"{answer.get('ETag', '')}-{_nanoseconds(answer['LastModified'])}-{answer['ContentLength']}"
        return Opened(answer["ContentLength"], version, _Body(answer["Body"], f"{bucket}/{key}"))

    def read(self, bucket: str, key: str, limit: int | None = None) -> bytes:
        stream = self.open(bucket, key).stream
        with contextlib.closing(stream):
            return b"".join(iter(partial(stream.read, PART), b"")) if limit is None else stream.read(limit)

    def write(self, bucket: str, key: str, data: bytes) -> None:
        self._call("put_object", bucket, key, "written", Body=data)

    def put(self, bucket: str, key: str, stream: Readable) -> int:
        part = _read_part(stream)
        if len(part) < PART:
            self.write(bucket, key, part)
            return len(part)
        call = partial(self._call, bucket=bucket, key=key, doing="written")
        upload = call("create_multipart_upload")["UploadId"]
        parts: list[dict[str, Any]] = []
        size = 0
        try:
            while part:
                number = len(parts) + 1
                answer = call("upload_part", UploadId=upload, PartNumber=number, Body=part)
                parts.append({"ETag": answer["ETag"], "PartNumber": number})
                size += len(part)
                part = _read_part(stream)
            call("complete_multipart_upload", UploadId=upload, MultipartUpload={"Parts": parts})
        except BaseException:
            with contextlib.suppress(StorageError):
                call("abort_multipart_upload", UploadId=upload)
            raise
        return size

    def make_folder(self, bucket: str, key: str) -> None:
        """An empty object whose key ends with a slash, as every browser of such stores makes it."""
        with self._told(bucket, f"/{key} cannot be made"):
            self.client.put_object(Bucket=check_bucket(bucket), Key=f"{check_key(key)}/", Body=b"")

    def remove_folder(self, bucket: str, key: str) -> None:
        page = self.page(bucket, key, limit=2)
        if page.folders or page.objects:
            raise StorageError(f"{bucket}/{key} cannot be removed: it is not empty")
        with self._told(bucket, f"/{key} cannot be removed"):
            self.client.delete_object(Bucket=check_bucket(bucket), Key=f"{check_key(key)}/")

    def copy(self, bucket: str, key: str, target: str) -> None:
        source = {"Bucket": check_bucket(bucket), "Key": check_key(key)}
        self._call("copy_object", bucket, target, f"copied from {key}", CopySource=source)

    def delete(self, bucket: str, key: str) -> None:
        with contextlib.suppress(Missing):
            self._call("delete_object", bucket, key, "deleted")

    def make_room(self, bucket: str, prefix: str) -> None:
        """Keys do not stand in each other's way; only the bucket must be there."""
        try:
            with self._told(bucket, " cannot be reached"):
                self.client.head_bucket(Bucket=check_bucket(bucket))
        except Missing:
            raise Missing(f"there is no bucket {bucket}") from None

    @contextlib.contextmanager
    def lock(self, bucket: str) -> Iterator[None]:
        """S3 has no locks: two who finish one commit do the same, so it only costs twice."""
        yield

    def _list(self, bucket: str, prefix: str, after: str, limit: int, **options: str) -> dict[str, Any]:
        if after:
            options["ContinuationToken"] = after
        with self._told(bucket, f"/{prefix} cannot be listed"):
            answer: dict[str, Any] = self.client.list_objects_v2(
                Bucket=check_bucket(bucket), Prefix=prefix, MaxKeys=limit, **options
            )
        return answer

    def _call(self, operation: str, bucket: str, key: str, doing: str, **options: Any) -> dict[str, Any]:
        with self._told(bucket, f"/{key} cannot be {doing}"):
            answer: dict[str, Any] = getattr(self.client, operation)(
                Bucket=check_bucket(bucket), Key=check_key(key), **options
            )
        return answer

    @contextlib.contextmanager
    def _told(self, bucket: str, what: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            kind = Missing if code in MISSING else StorageError
            raise kind(f"{bucket}{what}: {self._why(code, bucket, error)}") from error
        except (BotoCoreError, HTTPClientError, OSError) as error:
            raise StorageError(f"{bucket}{what}: {self._unreachable(error)}") from error

    def _why(self, code: str, bucket: str, error: ClientError) -> str:
        who = f"access key {self.place.key}" if self.place.key else "whoever has no access key"
        said = {
            "NoSuchKey": "there is no such object",
            "404": "there is no such object",
            "NoSuchBucket": f"there is no bucket {bucket}",
            "SignatureDoesNotMatch": f"the secret of {who} is wrong",
            "InvalidAccessKeyId": f"the store does not know {who}",
            "AccessDenied": f"{who} has no permission",
            "403": f"{who} has no permission, or its secret is wrong",
        }
        return said.get(code) or str(error.response.get("Error", {}).get("Message") or code or error)

    def _unreachable(self, error: Exception) -> str:
        if isinstance(error, NotConnected | HTTPClientError | OSError):
            # Its own words would name the whole URL, and what signs it.
            why = UNREACHED.get(type(error).__name__, "")
            return f"{self.place.url} cannot be reached{why and f': {why}'}"
        return str(error)


class _Body:
    """The bytes of an object, whose end before their time is told in a sentence."""

    def __init__(self, body: Any, name: str) -> None:
        self.body, self.name = body, name

    def read(self, size: int, /) -> bytes:
        try:
            data: bytes = self.body.read(size)
        except (BotoCoreError, HTTPClientError, OSError) as error:
            raise StorageError(f"{self.name} broke off while it was read: {type(error).__name__}") from error
        return data

    def close(self) -> None:
        self.body.close()


@lru_cache(maxsize=32)
def _client(place: Place) -> Any:
    """A client, which costs too much to make for every call and may be used by all threads."""
    session = Session()
    for file in ("config_file", "credentials_file"):
        session.set_config_variable(file, os.devnull)  # nothing of the account we run as
    if place.key:
        session.set_credentials(place.key, place.secret)
    versions = {"v2": "s3"}
    config = Config(
        signature_version=versions.get(place.signature, "s3v4") if place.key else UNSIGNED,
        s3={"addressing_style": "virtual" if place.addressing == "virtual" else "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=CONNECT_PATIENCE,
        read_timeout=READ_PATIENCE,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    region = place.region or DEFAULT_REGION
    client = session.create_client("s3", endpoint_url=place.url, region_name=region, config=config)
    if place.guarded:
        client.meta.events.register("before-send.s3", _check_way)
    return client


def _check_way(request: Any, **_context: Any) -> None:
    """Let a request go only where calls of this installation may go (see `lib.outbound`)."""
    outbound = import_module("apps.lib.outbound")
    address = urlsplit(request.url)
    port = address.port or outbound.DEFAULT_PORTS[address.scheme]
    try:
        outbound.addresses_of(address.hostname or "", port)
    except outbound.OutboundError as error:
        raise StorageError(str(error)) from None


def _read_part(stream: Readable) -> bytes:
    """So much of the stream as a part holds; less only at its end."""
    pieces, size = [], 0
    while size < PART and (piece := stream.read(PART - size)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _found(row: dict[str, Any]) -> Found:
    return Found(row["Key"], row["Size"], _nanoseconds(row["LastModified"]))


def _nanoseconds(at: Any) -> int:
    return int(at.timestamp() * 1_000_000_000)
