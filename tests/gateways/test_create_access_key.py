from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.gateways.models import AccessKey
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_user("mina")


def make_key(**options: str) -> None:
    call_command("create_access_key", **({"user": "mina", "id": "AK-1", "secret": "hush"} | options))


def test_a_key_is_made_and_its_secret_sealed(owner):
    make_key()
    key = AccessKey.objects.get(key_id="AK-1")
    assert (key.owner, key.secret, key.project) == (owner, "hush", None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM gateways_accesskey")
        assert "hush" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    "spelling", [lambda p: str(p.number), lambda p: f"FP-{p.ref}", lambda p: p.ref.lower(), lambda p: p.name]
)
def test_the_default_project_may_be_given_by_number_id_or_name(owner, spelling):
    project = make_project(owner)
    make_key(project=spelling(project))
    assert AccessKey.objects.get().project == project


def test_the_same_key_twice_is_no_error_and_makes_no_second(owner):
    make_key()
    make_key()
    assert AccessKey.objects.count() == 1


def test_another_key_of_the_same_id_is_refused_and_the_first_stays(owner):
    make_key()
    with pytest.raises(CommandError, match="another access key"):
        make_key(secret="other")
    assert AccessKey.objects.get().secret == "hush"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"user": "nobody"}, "no user called nobody"),
        ({"project": "999999"}, "no project"),
        ({"project": "FP-00000000000000FF"}, "no project"),
        ({"id": "two words"}, "letters, digits"),
        ({"secret": "new\nline"}, "printable"),
    ],
)
def test_wrong_input_is_named_and_nothing_is_made(owner, options, complaint):
    with pytest.raises(CommandError, match=complaint):
        make_key(**options)
    assert not AccessKey.objects.exists()


def test_a_user_who_is_switched_off_gets_no_key(owner):
    owner.is_active = False
    owner.save()
    with pytest.raises(CommandError, match="switched off"):
        make_key()


def test_the_secret_may_come_from_the_environment(owner, monkeypatch):
    monkeypatch.setenv("HEADRACE_ACCESS_KEY_SECRET", "from-env")
    make_key(secret="")
    assert AccessKey.objects.get().secret == "from-env"


def test_a_missing_secret_is_an_error_where_nobody_can_be_asked(owner, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(CommandError, match="secret is missing"):
        make_key(secret="")
