"""As whom and in which queue a project may use a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Refused(NamedTuple):
    """Something that a job asks for and its project may not have; `allowed` is what it may."""

    what: str
    asked: str
    allowed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Allowance:
    """An empty list allows all. A default is allowed, whether it is listed or not."""

    default_user: str = ""
    default_queue: str = ""
    users: Sequence[str] = ()
    queues: Sequence[str] = ()

    def user(self, asked: str) -> str:
        return asked or self.default_user

    def queue(self, asked: str) -> str:
        return asked or self.default_queue

    def refusals(self, user: str, queue: str) -> list[Refused]:
        """What of the two may not be.

        >>> Allowance(users=["etl"]).refusals("root", "default")
        [Refused(what='user', asked='root', allowed=['etl'])]
        """
        asked = (
            ("user", user, self.users, self.default_user),
            ("queue", queue, self.queues, self.default_queue),
        )
        return [
            Refused(what, name, allowed)
            for what, name, allowed, default in asked
            if name and allowed and name not in allowed and name != default
        ]
