from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import URLPattern

from apps.gateways.rest.urls import urlpatterns
from tests.gateways.rest.conftest import ROOT


@pytest.fixture
def schema(db: None) -> dict:
    return yaml.safe_load(Client().get(f"{ROOT}schema/").content)


def paths() -> Iterator[str]:
    for pattern in urlpatterns:
        if isinstance(pattern, URLPattern) and pattern.name and pattern.name not in ("schema", "docs"):
            yield ROOT + re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))


def test_every_address_is_described(schema: dict) -> None:
    assert set(schema["paths"]) == set(paths())


def test_both_ways_to_present_a_key_are_described(schema: dict) -> None:
    schemes = schema["components"]["securitySchemes"]
    assert {scheme.get("scheme") for scheme in schemes.values()} >= {"basic", "bearer"}


def test_lists_say_how_they_are_paged(schema: dict) -> None:
    listed = schema["paths"][f"{ROOT}projects/"]["get"]
    assert {parameter["name"] for parameter in listed["parameters"]} == {"cursor", "limit"}


def test_the_documentation_page_loads_nothing_from_elsewhere(db: None) -> None:
    page = Client().get(f"{ROOT}docs/").content.decode()
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert links
    for link in links:
        assert link.startswith(("/", "?")), link
        if link.startswith("/static/"):
            assert finders.find(link.removeprefix("/static/")), link
    assert not re.search(r"<script>(?!\s*</script>)", page), "an inline script would be blocked"
