from __future__ import annotations

import pytest

from apps.gateways.models import AccessKey
from apps.projects.models import User
from tests.gateways.callers import Acs3Caller, RpcCaller


@pytest.fixture
def owner(db) -> User:
    return User.objects.create_user("olga", password="open-sesame-1")


@pytest.fixture
def key(owner) -> AccessKey:
    return AccessKey.objects.create(key_id="olgas-key", secret="olgas secret ~*'+&=", owner=owner)


@pytest.fixture
def caller(key) -> RpcCaller:
    return RpcCaller.of(key)


@pytest.fixture
def acs3(key) -> Acs3Caller:
    return Acs3Caller.of(key)


@pytest.fixture
def stranger(db) -> RpcCaller:
    """Somebody with a key of his own, who is a member of nothing."""
    user = User.objects.create_user("stan", password="open-sesame-1")
    return RpcCaller.of(AccessKey.objects.create(key_id="stans-key", secret="stans", owner=user))
