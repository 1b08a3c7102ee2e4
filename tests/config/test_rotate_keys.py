"""Keys are rotated while everything that is sealed stays readable; a wrong key is told, and loses nothing."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F, TextField
from django.db.models.expressions import ExpressionWrapper

from apps.config import key_rotation
from apps.gateways.models import AccessKey, Operation
from apps.jobs.actions import create_job
from apps.lib.sealed import Unreadable, is_sealed_by_newest, seal, seal_keys, unseal
from apps.projects.models import Connection, Project, Variable
from tests.people import People, signed_in

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def key_file(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "seal.key"
    path.write_text(f"{OLD}\n")
    settings.HEADRACE_SEAL_KEYS = [OLD]
    settings.HEADRACE_SEAL_KEY_FILE = path
    settings.HEADRACE_SEAL_KEY_FILE_AT = path.stat().st_mtime_ns
    return path


@pytest.fixture
def filled(key_file: Path, project: Project, people: People) -> Project:
    """A database with secrets of several kinds, and more of one than a batch holds."""
    for number in range(key_rotation.BATCH + 50):
        Variable.objects.create(project=project, name=f"v{number}", value=f"value {number}", secret=True)
    Connection.objects.create(project=project, name="c", address="db", password="of the connection")
    text = json.dumps({"variables": [{"name": "k", "value": "of the job"}]})
    create_job(project, name="x", kind="SHELL", variables_text=text, by=people.bob)
    AccessKey.objects.create(owner=people.bob, key_id="LTAI", secret="of the key", project=project)
    Operation.objects.create(dialect="emr", kind="import", request={"secret": seal("of the import")})
    return project


def rotate() -> str:
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    return said.getvalue()


def tokens() -> list[str]:
    found = []
    for field in key_rotation.sealed_fields():
        sealed = ExpressionWrapper(F(field.name), output_field=TextField())
        rows = field.model._base_manager.annotate(sealed=sealed).exclude(sealed="")
        found += list(rows.values_list("sealed", flat=True))
    return found + [row.request["secret"] for row in Operation.objects.filter(ended_at=None)]


def assert_all_can_be_read(project: Project) -> None:
    assert {one.value for one in project.variables.all()} == {
        f"value {n}" for n in range(key_rotation.BATCH + 50)
    }
    assert project.connections.get().password == "of the connection"
    assert "of the job" in project.jobs.get().variables_text
    assert AccessKey.objects.get().secret == "of the key"
    assert unseal(Operation.objects.get().request["secret"]) == "of the import"


def test_everything_is_sealed_with_a_new_key_and_the_old_one_goes(key_file: Path, filled: Project) -> None:
    rotate()
    (newest,) = key_file.read_text().split()
    assert newest != OLD
    assert seal_keys() == (newest,)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert len(tokens()) == key_rotation.BATCH + 54
    assert all(map(is_sealed_by_newest, tokens()))
    assert_all_can_be_read(filled)
    assert key_file.with_name("seal.key.retired").read_text().split() == [OLD]


def test_a_rotation_that_was_broken_off_goes_on_with_the_key_it_had(key_file: Path, filled: Project) -> None:
    key_rotation.put_new_key(key_file)
    field = next(f for f in key_rotation.sealed_fields() if f.model is Variable)
    next(key_rotation.reseal(field))  # one batch, then killed
    newest = key_file.read_text().split()[0]
    assert sum(map(is_sealed_by_newest, tokens())) == key_rotation.BATCH
    assert_all_can_be_read(filled)
    said = rotate()
    assert "projects.variable.value: 50 sealed anew" in said
    assert key_file.read_text().split() == [newest]
    assert_all_can_be_read(filled)


def test_what_no_key_opens_is_named_and_kept_and_no_key_goes(key_file: Path, filled: Project) -> None:
    variable = filled.variables.get(name="v7")
    with_other_key = Fernet(NEW).encrypt(b"from elsewhere").decode()
    Variable.objects.filter(pk=variable.pk).update(value=Unreadable(with_other_key))
    with pytest.raises(CommandError, match="1 secrets cannot be opened"):
        rotate()
    assert with_other_key in tokens()
    assert OLD in key_file.read_text()


def test_keys_from_the_environment_are_only_sealed_with(settings: Any, filled: Project) -> None:
    settings.HEADRACE_SEAL_KEY_FILE = None
    settings.HEADRACE_SEAL_KEYS = [NEW, OLD]
    assert "HEADRACE_SEAL_KEYS" in rotate()
    settings.HEADRACE_SEAL_KEYS = [NEW]
    assert_all_can_be_read(filled)


def test_a_wrong_key_is_told_with_where_it_is(key_file: Path, filled: Project, settings: Any) -> None:
    assert key_rotation.complaint() == ""
    settings.HEADRACE_SEAL_KEYS = [NEW]
    said = key_rotation.complaint()
    assert str(key_file) in said
    assert "projects.variable.value" in said
    settings.HEADRACE_SEAL_KEYS = ["nonsense"]
    assert "no key" in key_rotation.complaint()


def test_storing_a_row_under_a_wrong_key_loses_nothing(filled: Project, settings: Any) -> None:
    settings.HEADRACE_SEAL_KEYS = [NEW]
    job = filled.jobs.get()
    assert job.variables_text == ""
    job.description = "changed"
    job.save()
    settings.HEADRACE_SEAL_KEYS = [OLD]
    assert_all_can_be_read(filled)


def test_a_page_says_which_variable_cannot_be_opened(filled: Project, people: People, settings: Any) -> None:
    settings.HEADRACE_SEAL_KEYS = [NEW]
    page = signed_in(people.alice).get(f"/projects/{filled.ref}/settings/variables/").content.decode()
    assert page.count("Cannot be opened") == key_rotation.BATCH + 50
