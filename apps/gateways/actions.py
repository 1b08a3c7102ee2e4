"""What changes an access key: pages, the command and whatever prepares keys come through here."""

from __future__ import annotations

import re
import secrets
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.gateways.models import AccessKey
from apps.lib.errors import Conflict, Invalid
from apps.lib.rows import assign, check_known, clean_name
from apps.projects.access import visible_projects
from apps.projects.actions import record_audit
from apps.projects.models import Project, User

#: Goes into URLs and headers of every dialect, so nothing that needs quoting.
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
SECRET = re.compile(r"[\x21-\x7e]{1,256}")
#: Bytes of a made-up secret: more than any signature of the dialects can be worth.
SECRET_BYTES = 30
SETTINGS = frozenset({"name", "project", "enabled"})


def create_key(
    owner: User,
    *,
    by: User | None,
    key_id: str | None = None,
    secret: str | None = None,
    name: str = "",
    project: Project | None = None,
) -> AccessKey:
    """A key that signs for `owner`; id and secret are made up when they are not given."""
    key_id = f"HR{secrets.token_hex(9).upper()}" if key_id is None else key_id
    secret = secrets.token_urlsafe(SECRET_BYTES) if secret is None else secret
    if not owner.is_active:
        raise Invalid(
            _("User %(user)s is switched off, so a key of theirs could not be used.")
            % {"user": owner.username}
        )
    if not KEY_ID.fullmatch(key_id):
        raise Invalid(
            _("The id may have up to 128 letters, digits, dots, dashes and underscores."), field="key_id"
        )
    if not SECRET.fullmatch(secret):
        raise Invalid(
            _("The secret may have up to 256 printable ASCII characters without spaces."), field="secret"
        )
    name = _clean_note(name)
    _check_project(owner, project)
    try:
        with transaction.atomic():
            key = AccessKey.objects.create(
                key_id=key_id, secret=secret, owner=owner, project=project, name=name
            )
            record_audit("create", key, by=by, project=project)
    except IntegrityError:
        raise Conflict(
            _("There is another access key with the id %(id)s.") % {"id": key_id}, field="key_id"
        ) from None
    return key


def update_key(key: AccessKey, *, by: User | None, **fields: Any) -> AccessKey:
    """Change `name`, `project` or `enabled`; id, secret and owner of a key stay what they are."""
    check_known(fields, SETTINGS)
    if "name" in fields:
        fields["name"] = _clean_note(fields["name"])
    if "project" in fields:
        _check_project(key.owner, fields["project"])
    with transaction.atomic():
        changed = assign(key, fields)
        if changed:
            record_audit("update", key, by=by, project=key.project, fields=changed)
    return key


def delete_key(key: AccessKey, *, by: User | None) -> None:
    with transaction.atomic():
        record_audit("delete", key, by=by, project=key.project)
        key.delete()


def _clean_note(name: str) -> str:
    """A key's name only reminds its owner, so unlike other names it may be empty."""
    return clean_name(name) if name.strip() else ""


def _check_project(owner: User, project: Project | None) -> None:
    """A key must not name a project that its owner may not see."""
    if project is not None and not visible_projects(owner).filter(pk=project.pk).exists():
        raise Invalid(_("There is no such project, or you are not a member of it."), field="project")
