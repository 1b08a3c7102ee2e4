"""Objects in an S3-compatible store (see `storage`)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from pyarrow import fs

from apps.jobs.storage import Found, Place, StorageError, check_bucket, check_key

DEFAULT_REGION = "us-east-1"


class S3:
    def __init__(self, place: Place) -> None:
        address = urlsplit(place.url)
        if address.scheme not in ("http", "https") or not address.netloc:
            raise StorageError("HEADRACE_OBJECTS_URL must be the http or https address of an S3 endpoint")
        self.place = place
        self.scheme = address.scheme
        self.virtual = place.addressing == "virtual"
        self.files = fs.S3FileSystem(
            access_key=place.key or None,
            secret_key=place.secret or None,
            region=place.region or DEFAULT_REGION,
            endpoint_override=address.netloc,
            scheme=address.scheme,
            force_virtual_addressing=self.virtual,
            allow_bucket_creation=False,
            connect_timeout=10,
            request_timeout=60,
        )

    def uri(self, bucket: str, key: str) -> str:
        return f"s3://{self._path(bucket, key)}"

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
        path = self._path(bucket, prefix)
        with _told(f"{bucket}/{prefix} cannot be listed"):
            below = self.files.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True))
        rows = [_found(info, bucket) for info in below if info.type == fs.FileType.File]
        return sorted([*([found] if found else []), *rows], key=lambda row: row.key)

    def head(self, bucket: str, key: str) -> Found | None:
        with _told(f"{bucket}/{key} cannot be looked at"):
            info = self.files.get_file_info(self._path(bucket, key))
        return _found(info, bucket) if info.type == fs.FileType.File else None

    def read(self, bucket: str, key: str, limit: int | None = None) -> bytes:
        with (
            _told(f"{bucket}/{key} cannot be read"),
            self.files.open_input_file(self._path(bucket, key)) as f,
        ):
            data: bytes = f.read(limit)
            return data

    def write(self, bucket: str, key: str, data: bytes) -> None:
        path = self._path(bucket, key)
        with _told(f"{bucket}/{key} cannot be written"), self.files.open_output_stream(path) as file:
            file.write(data)

    def copy(self, bucket: str, key: str, target: str) -> None:
        with _told(f"{bucket}/{key} cannot be copied"):
            self.files.copy_file(self._path(bucket, key), self._path(bucket, target))

    def delete(self, bucket: str, key: str) -> None:
        with _told(f"{bucket}/{key} cannot be deleted"), contextlib.suppress(FileNotFoundError):
            self.files.delete_file(self._path(bucket, key))

    def make_room(self, bucket: str, prefix: str) -> None:
        """Keys do not stand in each other's way; only the bucket must be there."""
        with _told(f"bucket {bucket} cannot be reached"):
            if self.files.get_file_info(check_bucket(bucket)).type != fs.FileType.Directory:
                raise StorageError(f"there is no bucket {bucket}")

    @contextlib.contextmanager
    def lock(self, bucket: str) -> Iterator[None]:
        """S3 has no locks: two who finish one commit do the same, so it only costs twice."""
        yield

    def _path(self, bucket: str, key: str) -> str:
        return f"{check_bucket(bucket)}/{check_key(key)}"


def _found(info: fs.FileInfo, bucket: str) -> Found:
    return Found(info.path[len(bucket) + 1 :], info.size, info.mtime_ns or 0)


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{what}: {error}") from error
