from __future__ import annotations

import pytest
from django.test import Client

from apps.projects.models import Project
from tests.people import People, make_people, make_project, signed_in


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@pytest.fixture
def project(people: People) -> Project:
    return make_project(people)


@pytest.fixture
def alice(people: People) -> Client:
    return signed_in(people.alice)


@pytest.fixture
def bob(people: People) -> Client:
    return signed_in(people.bob)


@pytest.fixture
def vera(people: People) -> Client:
    return signed_in(people.vera)


@pytest.fixture
def charlie(people: People) -> Client:
    return signed_in(people.charlie)
