"""What all acceptance clients share: the project, and a key of its administrator for it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from django.conf import settings

from apps.gateways.actions import create_key
from apps.gateways.keys import find_key
from apps.gateways.models import AccessKey
from apps.lib.errors import NotFound
from apps.projects.actions import create_project
from apps.projects.models import Project, User

PROJECT = "Acceptance"
KEY_ID = "acceptance"


@dataclass(frozen=True, slots=True)
class Stage:
    project: Project
    owner: User
    key: AccessKey
    #: Where the clients reach this installation.
    url: str


def set_stage() -> Stage:
    owner = User.objects.filter(is_superuser=True).order_by("pk").first()
    if owner is None:
        raise NotFound("There is no administrator yet: start Headrace once.")
    project = Project.objects.filter(name=PROJECT).first() or create_project(
        name=PROJECT, description="What the acceptance clients work in.", by=owner
    )
    key = find_key(KEY_ID) or create_key(owner, key_id=KEY_ID, project=project, by=owner)
    port = os.environ.get("PORT", "8000")
    return Stage(project, owner, key, settings.HEADRACE_URL or f"http://127.0.0.1:{port}")
