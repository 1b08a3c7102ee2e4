from __future__ import annotations

import getpass
import os
import re
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from apps.gateways.actions import create_key
from apps.gateways.keys import find_key
from apps.lib import ids
from apps.lib.errors import DomainError
from apps.projects.models import Project, User

SECRET_VARIABLE = "HEADRACE_ACCESS_KEY_SECRET"
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
        secret = secret or os.environ.get(SECRET_VARIABLE) or _asked()
        found = find_key(id)
        if found and (found.owner, found.secret, found.project) == (owner, secret, default_project):
            self.stdout.write(f"Access key {id} of {user} was there already.")
            return
        try:
            create_key(owner, key_id=id, secret=secret, project=default_project, by=None)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Access key {id} of {user} is made.")


def _owner(name: str) -> User:
    owner = User.objects.filter(username=name).first()
    if owner is None:
        raise CommandError(f"There is no user called {name}.")
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
