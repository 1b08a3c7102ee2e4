"""Where the objects that a project names lie: in its own store, its storages, or the installation's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from django.conf import settings

from apps.jobs.models import Storage
from apps.jobs.objects import place as installation_place
from apps.jobs.storage import Address, Place, StorageError
from apps.lib.ids import spell
from apps.projects.models import Project

#: What the endpoints of OSS end with, and what those begin with that speak S3.
OSS_DOMAIN, OSS_S3 = ".aliyuncs.com", "s3."


@dataclass(frozen=True, slots=True)
class Spot:
    """One object, or a folder: the place, and what it is called there."""

    place: Place
    bucket: str
    key: str


class Stores:
    """What a project's addresses mean. Its storages are read once, when the first one is needed."""

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id

    def spot(self, address: Address) -> Spot:
        """Raises StorageError when no store is known that has it."""
        if address.scheme == "res":
            return Spot(own_place(), self.own_bucket, address.key)
        if address.scheme == "file":
            place = Place(roots=tuple(settings.HEADRACE_FILE_ROOTS), but=str(settings.HEADRACE_HOME))
            return Spot(place, "", address.key)
        if address.scheme == "hdfs":
            return Spot(self._hdfs(address), address.bucket, address.key)
        return Spot(self._bucket(address), address.bucket, address.key)

    @cached_property
    def own_bucket(self) -> str:
        return own_bucket(Project.objects.values_list("uid", flat=True).get(pk=self.project_id))

    @cached_property
    def storages(self) -> dict[str, Storage]:
        return {storage.bucket: storage for storage in Storage.objects.filter(project=self.project_id)}

    def _bucket(self, address: Address) -> Place:
        storage = self.storages.get(address.bucket)
        if storage is not None and storage.kind != Storage.Kind.HDFS:
            place = place_of(storage)
            # Whose keys are in the address is who it is for.
            return _as_named(place, address) if address.access_key else place
        if address.endpoint:
            return _as_named(_oss(address.endpoint), address)
        place = installation_place()
        if not place.url and not Path(place.folder, address.bucket).is_dir():
            raise StorageError(
                f"bucket {address.bucket} is in no storage of this project: add one under Resources"
            )
        return _as_named(place, address) if address.access_key and place.url else place

    def _hdfs(self, address: Address) -> Place:
        storage = self.storages.get(address.bucket) or self.storages.get("")
        if storage is None or storage.kind != Storage.Kind.HDFS:
            raise StorageError(
                f"no storage of this project says where the WebHDFS of hdfs://{address.bucket} is:"
                " add one under Resources"
            )
        place = place_of(storage)
        return replace(place, key=address.access_key) if address.access_key else place


def own_place() -> Place:
    """Where the own stores of all projects lie, each a bucket of its own."""
    return Place(folder=str(Path(settings.HEADRACE_HOME) / "resources"))


def own_bucket(project_uid: int) -> str:
    return spell(project_uid)


def place_of(storage: Storage) -> Place:
    scheme, _colon, rest = storage.endpoint.partition(":")
    if storage.kind == Storage.Kind.HDFS:
        scheme = {"http": "webhdfs", "https": "swebhdfs"}.get(scheme, scheme)
    return Place(
        url=f"{scheme}:{rest}",
        key=storage.access_key,
        secret=storage.secret,
        region=storage.region,
        addressing=storage.addressing,
        signature="v2" if storage.kind == Storage.Kind.OSS else "",
        guarded=True,
    )


def _as_named(place: Place, address: Address) -> Place:
    return replace(place, key=address.access_key, secret=address.secret)


def _oss(endpoint: str) -> Place:
    """The S3 door of an endpoint as addresses of OSS name it."""
    host = endpoint
    if host.endswith(OSS_DOMAIN) and not host.startswith(OSS_S3):
        host = OSS_S3 + host
    region = host.removeprefix(OSS_S3).partition(".")[0].removesuffix("-internal")
    return Place(url=f"https://{host}", region=region, addressing="virtual", signature="v2", guarded=True)
