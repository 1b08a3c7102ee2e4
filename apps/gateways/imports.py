"""Imports that people start on a page: a row each, worked off by a worker."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.gateways.emr.importing.account import Account, SourceError
from apps.gateways.emr.importing.reading import read_account
from apps.gateways.emr.importing.writing import Writer
from apps.gateways.models import Operation
from apps.lib.errors import Conflict, Invalid
from apps.lib.nudge import nudge
from apps.lib.outbound import Refused, require_web_address
from apps.lib.sealed import seal, unseal
from apps.projects.actions import record_audit
from apps.projects.models import User

EMR, IMPORT = "emr", "import"
#: An import that said nothing for so long was broken off.
SILENCE = timedelta(minutes=5)


def imports_of(user: User) -> Any:
    return Operation.objects.filter(dialect=EMR, kind=IMPORT, request__user=user.pk).order_by("-id")


@transaction.atomic
def start_import(by: User, *, endpoint: str, secret: str, **options: Any) -> Operation:
    """Have an EMR account brought over. Its secret is sealed, and forgotten when the import ends."""
    try:
        require_web_address(endpoint)
    except Refused as error:
        raise Invalid(_("This is no web address: %(why)s.") % {"why": error}, field="endpoint") from None
    if any(not has_fallen_silent(each) for each in imports_of(by).filter(ended_at=None)):
        raise Conflict(_("An import of yours is going on already."))
    row = Operation.objects.create(
        dialect=EMR,
        kind=IMPORT,
        request={"user": by.pk, "endpoint": endpoint, "secret": seal(secret), **options},
        result={"said": "", "at": timezone.now().isoformat()},
    )
    record_audit("import", row, by=by, endpoint=endpoint, dry_run=bool(options.get("dry_run")))
    nudge("gateways.import", row.pk)
    return row


def has_fallen_silent(row: Operation) -> bool:
    said_at = datetime.fromisoformat((row.result or {})["at"])
    return row.ended_at is None and timezone.now() - said_at > SILENCE


def run_import(pk: int) -> None:
    """Bring over what an account holds, once however often this is asked for."""
    if not Operation.objects.filter(pk=pk, kind=IMPORT, state="waiting").update(state="running"):
        return
    row = Operation.objects.get(pk=pk)
    asked = row.request
    account = Account(asked["endpoint"], asked["key"], unseal(asked["secret"]), asked["region"])
    by = User.objects.get(pk=asked["user"])
    writer = Writer(by, overwrite=asked["overwrite"], schedules=asked["schedules"])
    try:
        # What is noted is read by whoever asked.
        with translation.override(by.language or settings.LANGUAGE_CODE):
            found = read_account(account, project=asked["project"], tell=lambda line: _say(row, line))
            _say(row, _("writing"))
            # Only a trial is one transaction: a real one must not keep all other writers waiting.
            with transaction.atomic() if asked["dry_run"] else nullcontext():
                report = writer.write(found)
                if asked["dry_run"]:
                    transaction.set_rollback(True)
    except SourceError as error:
        _end(row, "failed", error={"message": str(error)})
    except Exception:
        _end(row, "failed", error={"message": _("Something broke here: see the worker's log.")})
        raise
    else:
        _end(row, "succeeded", result=report.as_json())


def _say(row: Operation, line: str) -> None:
    Operation.objects.filter(pk=row.pk).update(
        result={"said": line.strip(), "at": timezone.now().isoformat()}
    )


def _end(row: Operation, state: str, **fields: Any) -> None:
    request = {name: value for name, value in row.request.items() if name != "secret"}
    Operation.objects.filter(pk=row.pk).update(
        state=state, ended_at=timezone.now(), request=request, **fields
    )
