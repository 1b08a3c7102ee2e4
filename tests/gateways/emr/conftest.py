from __future__ import annotations

import pytest

from apps.projects.models import User
from tests.gateways.emr.world import World, make_world


@pytest.fixture
def world(owner: User) -> World:
    return make_world(owner)


@pytest.fixture
def within(world: World) -> dict[str, str]:
    return {"ProjectId": world.ids()["project"]}
