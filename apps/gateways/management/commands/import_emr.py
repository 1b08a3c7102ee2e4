from __future__ import annotations

import json
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.gateways.emr.importing.account import Account, Source, SourceError
from apps.gateways.emr.importing.folder import Folder
from apps.gateways.emr.importing.reading import read_account
from apps.gateways.emr.importing.report import Outcome
from apps.gateways.emr.importing.writing import Writer
from apps.projects.models import User

SECRET_VARIABLE = "HEADRACE_EMR_SECRET"


class Command(BaseCommand):
    help = "Bring over the projects, jobs, flows, clusters and contacts of an EMR account, ids kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--endpoint", help="web address of the account's API, https://…")
        parser.add_argument("--key", help="access key id of the account")
        parser.add_argument("--secret", help=f"its secret; when left out, taken from {SECRET_VARIABLE}")
        parser.add_argument("--region", default="cn-hangzhou")
        parser.add_argument("--project", default="", help="only this project (FP-…)")
        parser.add_argument(
            "--folder", type=Path, help="where replies are kept; without --endpoint, import from there alone"
        )
        parser.add_argument("--user", help="who owns what is made; the first administrator when left out")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        parser.add_argument("--overwrite", action="store_true", help="replace what is here and differs")
        parser.add_argument(
            "--schedules", action="store_true", help="switch on the schedules that are on there"
        )
        parser.add_argument("--report", type=Path, help="write the report here, as JSON")

    def handle(self, *args: Any, **given: Any) -> None:
        writer = Writer(_user(given["user"]), overwrite=given["overwrite"], schedules=given["schedules"])
        try:
            found = read_account(_source(given), project=given["project"], tell=self.stdout.write)
        except SourceError as error:
            raise CommandError(f"the account could not be read: {error}") from None
        with transaction.atomic() if given["dry_run"] else nullcontext():
            report = writer.write(found)
            if given["dry_run"]:
                transaction.set_rollback(True)
        for row in report.rows:
            if row.outcome is not Outcome.SAME:
                self.stdout.write(
                    f"{row.outcome:<8} {row.kind:<14} {row.id:<20} {row.name}  {row.detail}".rstrip()
                )
        counts = report.counts()
        told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
        self.stdout.write(f"{'would be: ' if given['dry_run'] else ''}{told}")
        if given["report"]:
            given["report"].write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        if counts[Outcome.REFUSED]:
            raise SystemExit(1)


def _source(given: dict[str, Any]) -> Source:
    if not given["endpoint"]:
        if given["folder"] is None or not given["folder"].is_dir():
            raise CommandError("give --endpoint with --key, or a --folder with saved replies")
        return Folder(given["folder"])
    secret = given["secret"] or os.environ.get(SECRET_VARIABLE)
    if not given["key"] or not secret:
        raise CommandError(f"--endpoint needs --key, and --secret or {SECRET_VARIABLE}")
    account = Account(given["endpoint"], given["key"], secret, given["region"])
    return Folder(given["folder"], account) if given["folder"] else account


def _user(name: str | None) -> User:
    rows = (
        User.objects.filter(username=name) if name else User.objects.filter(is_superuser=True).order_by("pk")
    )
    user = rows.first()
    if user is None:
        raise CommandError(f"there is no user {name}" if name else "there is no administrator yet")
    return user
