from __future__ import annotations

import getpass
import os
import re
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from apps.gateways.keys import find_key
from apps.gateways.models import AccessKey
from apps.lib import ids
from apps.projects.models import Project, User

SECRET_VARIABLE = "HEADRACE_ACCESS_KEY_SECRET"
#: Goes into URLs and headers of every dialect, so nothing that needs quoting.
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
SECRET = re.compile(r"[\x21-\x7e]{1,256}")
PROJECT_REF = re.compile(r"(?:FP-)?([0-9A-Fa-f]{16})")


class Command(BaseCommand):
    help = "Make an access key: a program that signs with it may do what its user may do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="name of the user it stands for")
        parser.add_argument("--id", required=True, help="access key id, as the program sends it")
        parser.add_argument(
            "--secret",
            help=f"its secret; when left out, taken from {SECRET_VARIABLE} or asked for,"
            " which keeps it out of the shell's history and the list of processes",
        )
        parser.add_argument(
            "--project", help="default project of calls that name none: its number, id (FP-...) or name"
        )

    def handle(
        self, *args: Any, user: str, id: str, secret: str | None, project: str | None, **options: Any
    ) -> None:
        owner = _owner(user)
        default_project = _project(project) if project else None
        if not KEY_ID.fullmatch(id):
            raise CommandError("The id may have up to 128 letters, digits, dots, dashes and underscores.")
        secret = secret or os.environ.get(SECRET_VARIABLE) or _asked()
        if not SECRET.fullmatch(secret):
            raise CommandError("The secret may have up to 256 printable ASCII characters without spaces.")
        found = find_key(id)
        if found:
            if (found.owner, found.secret, found.project) != (owner, secret, default_project):
                raise CommandError(f"There is another access key with the id {id}.")
            self.stdout.write(f"Access key {id} of {user} was there already.")
            return
        AccessKey.objects.create(key_id=id, secret=secret, owner=owner, project=default_project)
        self.stdout.write(f"Access key {id} of {user} is made.")


def _owner(name: str) -> User:
    owner = User.objects.filter(username=name).first()
    if owner is None:
        raise CommandError(f"There is no user called {name}.")
    if not owner.is_active:
        raise CommandError(f"User {name} is switched off, so a key of theirs could not be used.")
    return owner


def _project(given: str) -> Project:
    named = Q(name=given)
    if given.isdecimal() and len(given) < 19:
        named |= Q(number=int(given))
    if spelt := PROJECT_REF.fullmatch(given):
        named |= Q(uid=ids.read(spelt[1]))
    found = list(Project.objects.filter(named)[:2])
    if not found:
        raise CommandError(f"There is no project with the number, id or name {given}.")
    if len(found) > 1:
        raise CommandError(f"{given} is the number of one project and the name of another: give the id.")
    return found[0]


def _asked() -> str:
    if not sys.stdin.isatty():
        raise CommandError(f"The secret is missing: give --secret or set {SECRET_VARIABLE}.")
    return getpass.getpass("Secret: ")
