"""What changes a project's storages, and what lies in its stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from apps.jobs.looking import forget_looks
from apps.jobs.models import Storage
from apps.jobs.shelves import Shelf, told
from apps.jobs.storage import BadAddress, check_bucket, check_key
from apps.jobs.storage.addresses import check_authority
from apps.jobs.storage.contract import Readable
from apps.lib.errors import Conflict, Invalid
from apps.lib.outbound import Refused, require_web_address
from apps.lib.rows import assign, check_known
from apps.projects.actions import record_audit
from apps.projects.models import Project, User

FIELDS = frozenset({"kind", "bucket", "endpoint", "region", "addressing", "access_key", "secret"})


def create_storage(project: Project, *, by: User | None, **fields: Any) -> Storage:
    check_known(fields, FIELDS)
    storage = Storage(project=project, **_cleaned(Storage(project=project), fields))
    with _once(), transaction.atomic():
        storage.save()
        record_audit("create", storage, by=by, project=project)
    return storage


def update_storage(storage: Storage, *, by: User | None, **fields: Any) -> Storage:
    """Change what is given. An empty secret leaves the one that is there."""
    check_known(fields, FIELDS)
    if not fields.get("secret"):
        fields.pop("secret", None)
    cleaned = _cleaned(storage, fields)
    with _once(), transaction.atomic():
        changed = assign(storage, cleaned)
        if changed:
            record_audit("update", storage, by=by, project=storage.project, fields=changed)
    return storage


@transaction.atomic
def delete_storage(storage: Storage, *, by: User | None) -> None:
    """Forget the storage. What lies in it stays where it is."""
    record_audit("delete", storage, by=by, project=storage.project)
    storage.delete()


def upload_object(shelf: Shelf, key: str, stream: Readable, *, by: User | None, size: int | None) -> str:
    """Write a stream to `key`, in place of what may be there, and return its address."""
    check_upload_size(size)
    with told():
        key = check_key(key)
        written = shelf.store().put(shelf.bucket, key, stream)
    _record("upload", shelf, key, by, size=written)
    return shelf.address(key)


def check_upload_size(size: int | None) -> None:
    most = settings.HEADRACE_MAX_UPLOAD_BYTES
    if size is None:
        raise Invalid(_("The length of what is sent must be stated."), field="file")
    if size > most:
        raise Invalid(
            _("A file has at most %(most)s; this one has %(size)s.")
            % {"most": filesizeformat(most), "size": filesizeformat(size)},
            field="file",
        )


def make_folder(shelf: Shelf, key: str, *, by: User | None) -> None:
    with told():
        shelf.store().make_folder(shelf.bucket, check_key(key))
    _record("make folder", shelf, key, by)


def delete_object(shelf: Shelf, key: str, *, by: User | None) -> None:
    with told():
        shelf.store().delete(shelf.bucket, check_key(key))
    _record("delete object", shelf, key, by)


def delete_folder(shelf: Shelf, key: str, *, by: User | None) -> None:
    """Delete a folder that is empty. One with something in it is refused."""
    page = shelf.page(key)
    if page.folders or page.objects:
        raise Conflict(_("The folder %(name)s is not empty. Delete what is in it first.") % {"name": key})
    with told():
        shelf.store().remove_folder(shelf.bucket, check_key(key))
    _record("delete folder", shelf, key, by)


def _record(verb: str, shelf: Shelf, key: str, by: User | None, **detail: Any) -> None:
    forget_looks(shelf.project.pk, shelf.address(key))
    record_audit(
        verb, shelf.storage or shelf.project, by=by, project=shelf.project, path=shelf.address(key), **detail
    )


def _cleaned(storage: Storage, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are kept: addresses checked, and of OSS what can be known."""
    cleaned = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    kind = cleaned.get("kind", storage.kind)
    if kind not in Storage.Kind.values:
        raise Invalid(_("%(kind)s is no kind of storage.") % {"kind": kind}, field="kind")
    if "bucket" in cleaned or not storage.pk:
        _check_bucket(kind, cleaned.get("bucket", storage.bucket))
    if "endpoint" in cleaned or not storage.pk:
        cleaned["endpoint"] = _checked_endpoint(kind, cleaned.get("endpoint", ""))
    if kind == Storage.Kind.OSS:
        cleaned["addressing"] = Storage.Addressing.VIRTUAL
    return cleaned


def _check_bucket(kind: str, bucket: str) -> None:
    try:
        if kind != Storage.Kind.HDFS:
            check_bucket(bucket)
        elif bucket:
            check_authority(bucket)
    except BadAddress as wrong:
        raise Invalid((_(wrong.text) % wrong.values).capitalize() + ".", field="bucket") from None


def _checked_endpoint(kind: str, endpoint: str) -> str:
    if "://" not in endpoint and endpoint:
        endpoint = f"https://{endpoint}"
    try:
        require_web_address(endpoint)
    except Refused as refused:
        raise Invalid(str(refused).capitalize() + ".", field="endpoint") from None
    parts = urlsplit(endpoint)
    host = parts.netloc
    if kind == Storage.Kind.OSS and host.startswith("oss-") and host.endswith(".aliyuncs.com"):
        host = f"s3.{host}"
    path = parts.path.rstrip("/") if kind == Storage.Kind.HDFS else ""
    return f"{parts.scheme}://{host}{path}"


@contextmanager
def _once() -> Iterator[None]:
    """Tell that the bucket has a storage already, whoever made it first."""
    try:
        yield
    except IntegrityError:
        said = _("This project has a storage for this bucket already.")
        raise Conflict(said, field="bucket") from None
