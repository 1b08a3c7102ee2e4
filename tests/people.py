"""The people of the page tests: each knows the project in another way."""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client

from apps.projects.actions import add_member, create_project
from apps.projects.models import Cluster, Project, Role, User


@dataclass
class People:
    """Alice owns the project, Bob edits, Otto runs, Vera looks, Charlie does not know it."""

    alice: User
    bob: User
    otto: User
    vera: User
    charlie: User


def make_people() -> People:
    return People(*(User.objects.create_user(name) for name in ("alice", "bob", "otto", "vera", "charlie")))


def make_project(people: People, name: str = "Orders") -> Project:
    """A project that Alice owns, with a cluster to run on."""
    Cluster.objects.get_or_create(name="local")
    project = create_project(name=name, by=people.alice)
    for user, role in ((people.bob, Role.EDITOR), (people.otto, Role.OPERATOR), (people.vera, Role.VIEWER)):
        add_member(project, user_name=user.username, role=role, by=people.alice)
    return project


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
