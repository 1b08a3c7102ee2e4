from __future__ import annotations

import re

import pytest
from django.test import Client

from apps.gateways.actions import create_key
from apps.gateways.models import AccessKey
from apps.projects.models import Project
from tests.people import People, make_people, make_project, signed_in

pytestmark = pytest.mark.django_db
PAGE, NEW = "/account/api/", "/account/api/keys/new/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def people() -> People:
    return make_people()


@pytest.fixture
def project(people) -> Project:
    return make_project(people)


@pytest.fixture
def bob(people, project) -> Client:
    return signed_in(people.bob)


def text(response) -> str:
    return response.content.decode()


def test_the_secret_is_in_the_answer_that_made_the_key_and_on_no_later_page(bob, people, project):
    answer = bob.post(NEW, {"name": "nightly import", "project": project.pk})
    key = AccessKey.objects.get(owner=people.bob)
    assert (key.name, key.project) == ("nightly import", project)
    assert key.key_id in text(answer) and key.secret in text(answer)
    assert "no-store" in answer["Cache-Control"]
    for page in (PAGE, f"{PAGE}keys/{key.pk}/", f"/projects/{project.ref}/settings/api/", NEW):
        assert key.secret not in text(bob.get(page))


def test_in_the_dialog_the_list_behind_it_gets_the_new_key(bob):
    answer = text(bob.post(NEW, {"key_id": "AK-1"}, headers=HTMX))
    assert "<html" not in answer
    assert re.search(r'id="key-list"[^>]*hx-swap-oob="true".*AK-1', answer, re.S)


def test_an_id_that_is_taken_is_told_at_its_field_and_makes_nothing(bob, people):
    create_key(people.alice, key_id="AK-1", by=None)
    answer = bob.post(NEW, {"key_id": "AK-1"})
    assert answer.status_code == 422
    assert "another access key" in text(answer)
    assert not AccessKey.objects.filter(owner=people.bob).exists()


def test_only_projects_that_one_may_see_can_be_the_default(people, project):
    charlie = signed_in(people.charlie)
    assert "Orders" not in text(charlie.get(NEW))
    assert charlie.post(NEW, {"project": project.pk}).status_code == 422
    assert not AccessKey.objects.exists()


def test_everybody_sees_own_keys_alone_a_superuser_too(bob, people):
    key = create_key(people.alice, key_id="ALICES-KEY", by=None)
    people.bob.is_superuser = True
    people.bob.save()
    assert "ALICES-KEY" not in text(bob.get(PAGE))
    for address in ("", "switch/", "delete/"):
        assert bob.post(f"{PAGE}keys/{key.pk}/{address}").status_code == 404
    key.refresh_from_db()
    assert key.enabled


def test_a_key_is_switched_off_and_on_changed_and_deleted(bob, people, project):
    key = create_key(people.bob, key_id="AK-1", by=None)
    bob.post(f"{PAGE}keys/{key.pk}/switch/", {"enabled": "0"})
    key.refresh_from_db()
    assert not key.enabled
    bob.post(f"{PAGE}keys/{key.pk}/", {"name": "import", "project": project.pk, "enabled": "on"})
    key.refresh_from_db()
    assert (key.name, key.project, key.enabled) == ("import", project, True)
    inside = f"{PAGE}keys/{key.pk}/delete/?in={project.ref}"
    assert bob.post(inside).url == f"/projects/{project.ref}/settings/api/"
    assert not AccessKey.objects.exists()


def test_a_project_shows_the_keys_that_default_to_it(bob, people, project):
    create_key(people.bob, key_id="ORDERS-KEY", project=project, by=None)
    create_key(people.bob, key_id="OTHER-KEY", by=None)
    page = text(bob.get(f"/projects/{project.ref}/settings/api/"))
    assert "ORDERS-KEY" in page and "OTHER-KEY" not in page
    assert signed_in(people.charlie).get(f"/projects/{project.ref}/settings/api/").status_code == 404


@pytest.mark.parametrize("door", ("rest", "emr", "dataworks", "naver", "nebula"))
def test_each_door_tells_its_endpoint_and_a_program_with_the_key_filled_in(
    bob, people, project, door, settings
):
    settings.HEADRACE_URL = "https://mill.example:8443/"
    create_key(people.bob, key_id="AK-1", secret="hush-hush", project=project, by=None)
    page = text(bob.get(f"{PAGE}?door={door}", headers=HTMX))
    assert "https://mill.example:8443/" in page and "pip install" in page
    program = page[page.index("<pre") : page.index("</pre>")]
    assert "AK-1" in program and "YOUR_SECRET" in program and "mill.example:8443" in program
    assert "hush" not in page and "{{" not in program


def test_a_key_that_is_off_stands_in_no_program(bob, people):
    create_key(people.bob, key_id="OFF-KEY", by=None)
    AccessKey.objects.update(enabled=False)
    page = text(bob.get(PAGE, headers=HTMX))
    assert "YOUR_KEY_ID" in page and "OFF-KEY" not in page


def test_a_data_flow_program_takes_a_key_that_has_a_default_project(bob, people, project):
    create_key(people.bob, key_id="GOOD-KEY", project=project, by=None)
    create_key(people.bob, key_id="BARE-KEY", by=None)
    assert "GOOD-KEY" in text(bob.get(f"{PAGE}?door=naver", headers=HTMX))
    asked = text(bob.get(f"{PAGE}?door=naver&key=BARE-KEY", headers=HTMX))
    assert "needs a default project" in asked


def test_who_is_not_signed_in_is_sent_to_sign_in(client, db):
    for page in (PAGE, NEW, f"{PAGE}keys/1/"):
        assert client.get(page).url.startswith("/sign-in/")
