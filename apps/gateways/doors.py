"""The APIs of this installation as the page "API access" tells them: where, with what, and how to begin.

The snippets are files in templates/gateways/snippets, rendered by `snippet` alone: the page
shows what the tests run.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.gateways.models import AccessKey
from apps.projects.models import Project

KEY_ID, SECRET = "YOUR_KEY_ID", "YOUR_SECRET"


@dataclass(frozen=True, slots=True)
class Door:
    slug: str
    name: str
    text: Promise
    #: Where its calls go, below the address of the installation.
    path: str
    #: What pip has to install for the snippet.
    package: str
    #: Whether the snippet speaks of one project, or only a key with a default project works.
    about_project: bool = False
    needs_default: bool = False

    @property
    def file(self) -> str:
        return f"gateways/snippets/{self.slug}.py"


DOORS = (
    Door(
        "rest",
        "REST",
        _("Our own API: everything that the pages can do."),
        "/api/headrace/v1/",
        "requests",
    ),
    Door(
        "emr",
        "Alibaba Cloud EMR",
        _("Data development of EMR, version 2016-04-08, as its SDK calls it."),
        "/",
        "alibabacloud_emr20160408",
    ),
    Door(
        "dataworks",
        "DataWorks",
        _("Workflows and nodes of DataWorks, version 2024-05-18, as its SDK calls them."),
        "/",
        "alibabacloud_dataworks_public20240518",
        about_project=True,
    ),
    Door(
        "naver",
        "NAVER Data Flow",
        _("Data jobs of NAVER Cloud, with its signature v2. They are in the key's default project."),
        "/api/v1/",
        "httpx-ncloud",
        needs_default=True,
    ),
    Door(
        "nebula",
        "Nebula Explorer",
        _("Jobs of workflows, as in the open API of NebulaGraph Explorer."),
        "/api-open/v1/",
        "requests",
    ),
)


def door_named(slug: str) -> Door:
    """The door of that slug, else the first."""
    return next((door for door in DOORS if door.slug == slug), DOORS[0])


def address_of(request: HttpRequest) -> str:
    """Where callers reach this installation: as it was told, else as this reader reached it."""
    told: str = settings.HEADRACE_URL
    return (told or request.build_absolute_uri("/")).rstrip("/")


def snippet(
    door: Door, address: str, *, key: AccessKey | None, project: Project | None, secret: str = SECRET
) -> str:
    """The program of `door` for these; only tests give the secret."""
    parts = urlsplit(address)
    context = {
        "endpoint": address,
        "scheme": parts.scheme,
        # The vendors' SDKs cannot carry a path in their endpoint.
        "host": parts.netloc,
        "key_id": key.key_id if key else KEY_ID,
        "secret": secret,
        "project_number": project.number if project else "PROJECT_ID",
    }
    return render_to_string(door.file, context).rstrip("\n") + "\n"
