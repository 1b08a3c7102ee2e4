"""What people see of workflows that came as documents."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from apps.flows.models import Flow
from apps.jobs.models import Job
from apps.projects.models import User
from tests.gateways.dataworks.documents import document, node, workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def test_the_settings_of_a_flow_tell_what_of_its_document_does_not_run(
    browser: Client, imported: Callable[[str], Flow]
) -> None:
    flow = imported(document(workflow("w", node("q", command="ODPS_SQL"))))
    page = browser.get(reverse("flows:inspector", args=[flow.ref]) + "?tab=settings")
    assert "ODPS_SQL is stored, but there is no runner for it" in page.content.decode()


def test_the_preview_of_a_job_writes_business_dates(browser: Client, imported: Callable[[str], Flow]) -> None:
    parameters = [{"name": "day", "value": "${yyyymmdd}"}]
    script = {"content": "echo $1", "runtime": {"command": "DIDE_SHELL"}, "parameters": parameters}
    imported(document(workflow("w", node("n", script=script))))
    page = browser.post(reverse("jobs:preview", args=[Job.objects.get().ref]))
    assert "${yyyymmdd}" in page.content.decode()
    assert "untouched" not in page.content.decode().lower()
