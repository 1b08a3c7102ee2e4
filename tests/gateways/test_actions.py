from __future__ import annotations

import pytest

from apps.gateways import actions
from apps.gateways.models import AccessKey
from apps.lib.errors import Conflict, Invalid
from apps.projects.models import AuditEntry
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina():
    return make_user("mina")


def test_id_and_secret_are_made_up_and_never_twice_the_same(mina):
    first, second = (actions.create_key(mina, by=mina) for _ in range(2))
    assert first.key_id != second.key_id and first.secret != second.secret
    assert actions.KEY_ID.fullmatch(first.key_id) and len(first.secret) >= 40


def test_an_empty_secret_is_refused_rather_than_made_up(mina):
    with pytest.raises(Invalid, match="printable") as refusal:
        actions.create_key(mina, key_id="AK-1", secret="", by=mina)
    assert refusal.value.field == "secret"


def test_an_id_is_taken_once_in_the_whole_installation(mina):
    actions.create_key(mina, key_id="AK-1", by=mina)
    with pytest.raises(Conflict, match="AK-1"):
        actions.create_key(make_user(), key_id="AK-1", by=None)
    assert AccessKey.objects.get().owner == mina


def test_the_default_project_is_one_that_the_owner_may_see(mina):
    foreign = make_project()
    with pytest.raises(Invalid) as refusal:
        actions.create_key(mina, project=foreign, by=mina)
    assert refusal.value.field == "project"
    key = actions.create_key(mina, project=make_project(mina), by=mina)
    with pytest.raises(Invalid):
        actions.update_key(key, project=foreign, by=mina)


def test_what_happens_to_a_key_is_written_down_without_its_secret(mina):
    project = make_project(mina)
    key = actions.create_key(mina, key_id="AK-1", secret="hush-hush", project=project, by=mina)
    actions.update_key(key, enabled=False, name="nightly import", by=mina)
    actions.delete_key(key, by=mina)
    entries = AuditEntry.objects.filter(subject_kind="accesskey", subject_name="AK-1", project=project)
    assert [entry.verb for entry in entries.order_by("id")] == ["create", "update", "delete"]
    assert "hush" not in str([entry.detail for entry in entries])


def test_changing_a_key_to_what_it_is_leaves_no_trace(mina):
    key = actions.create_key(mina, name="nightly import", by=mina)
    actions.update_key(key, name=" nightly import ", enabled=True, by=mina)
    assert not AuditEntry.objects.filter(verb="update").exists()
