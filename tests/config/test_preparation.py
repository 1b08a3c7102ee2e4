from __future__ import annotations

import sqlite3

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.config import preparation
from apps.config.home import Refused, make_home
from apps.projects.models import User


def test_models_and_migrations_agree(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_an_old_sqlite_is_refused(monkeypatch, settings):
    if "sqlite" not in settings.DATABASES["default"]["ENGINE"]:
        pytest.skip("another database")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(Refused, match=r"3\.51\.3"):
        preparation.check_sqlite()


def test_the_sqlite_that_is_installed_is_new_enough():
    preparation.check_sqlite()


def test_a_home_that_cannot_be_one_is_refused_by_name(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match=f"HEADRACE_HOME={tmp_path / 'file'} cannot be used"):
        make_home(tmp_path / "file")


@pytest.mark.parametrize("port", ["abc", "0", "65536"])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(CommandError, match="is no port"):
        call_command("up", "--port", port)


def test_the_first_user_gets_a_password_once(db, monkeypatch):
    monkeypatch.delenv("HEADRACE_ADMIN_PASSWORD", raising=False)
    password = preparation.make_admin()
    assert len(password) >= 16
    assert User.objects.get(username="admin").check_password(password)
    assert preparation.make_admin() == ""


def test_a_given_password_is_used_and_never_said(db, monkeypatch):
    monkeypatch.setenv("HEADRACE_ADMIN_PASSWORD", "given-by-the-operator")
    assert preparation.make_admin() == ""
    assert User.objects.get(username="admin").check_password("given-by-the-operator")


def test_an_installation_with_an_administrator_gets_no_other(db):
    User.objects.create_superuser("root", password="x")
    preparation.make_admin()
    assert User.objects.filter(is_superuser=True).count() == 1


def test_a_database_that_is_up_to_date_is_left_alone(db):
    said: list[str] = []
    preparation.migrate(said.append)
    assert said == []


def test_static_files_are_collected_when_one_changed(settings, tmp_path):
    settings.STATIC_ROOT, settings.HEADRACE_HOME = tmp_path / "served", tmp_path
    settings.STATICFILES_DIRS = [tmp_path / "static"]
    get_finder.cache_clear()
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.css").write_text("a { color: red }")
    said: list[str] = []
    preparation.collect_static(said.append)
    preparation.collect_static(said.append)
    assert len(said) == 1
    (tmp_path / "static" / "a.css").write_text("a { color: green }")
    preparation.collect_static(said.append)
    get_finder.cache_clear()
    assert "green" in (tmp_path / "served" / "a.css").read_text()
