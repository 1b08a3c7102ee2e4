"""What a system that runs jobs elsewhere must be able to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from apps.engine.outside import OutsideJob
from apps.lib.outbound import Answer, OutboundError, fetch, shown

#: Seconds, and bytes, of one answer.
TIMEOUT = 10.0
LONGEST = 8 * 1024 * 1024
#: The most of a log that is fetched: its end.
LONGEST_LOG = 4 * 1024 * 1024


class Unreachable(Exception):
    """The system did not answer, or not as it should."""


@dataclass(frozen=True, slots=True)
class Container:
    """One process of a job there. `address` is where its logs are asked for."""

    job: str
    id: str
    host: str
    state: str
    address: str = ""


class Driver(ABC):
    """One system of a cluster. Every call raises Unreachable when it gets no answer."""

    system: ClassVar[str]
    #: The logs that each of its containers has.
    logs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, endpoints: Mapping[str, str], token: str = "") -> None:
        self.endpoints = endpoints
        #: There may be several, of which one answers.
        self.addresses = [text.strip().rstrip("/") for text in endpoints[self.system].split(",")]
        self.token = token

    def headers(self) -> dict[str, str]:
        """What every call carries. The token is not for those who do not ask for one."""
        return {}

    @abstractmethod
    def find(self, tags: Sequence[str], ids: Sequence[str]) -> list[OutsideJob]:
        """The jobs that carry one of the tags or are called by these ids, the oldest first."""

    @abstractmethod
    def end(self, job: OutsideJob) -> None:
        """Ask for its end, without waiting for it."""

    def containers(self, job: OutsideJob) -> list[Container]:
        """What it runs in, as far as the system still knows."""
        return []

    def log(self, container: Container, name: str) -> str:
        """The end of one of its logs. Raises LookupError when there is no such log."""
        raise LookupError(name)

    def call(self, method: str, path: str, *, json: Any = None) -> Answer:
        """Ask the first address that answers for itself: a standby sends elsewhere."""
        trouble = Unreachable(f"no address of {self.system} is set")
        for address in self.addresses:
            try:
                answer = self.ask(method, address + path, json=json)
            except Unreachable as error:
                trouble = error
                continue
            if not 300 <= answer.status < 400:
                return answer
            trouble = Unreachable(f"{shown(address)} sends elsewhere")
        raise trouble

    def ask(self, method: str, url: str, *, json: Any = None, limit: int = LONGEST) -> Answer:
        try:
            return fetch(method, url, json=json, headers=self.headers(), timeout=TIMEOUT, limit=limit)
        except OutboundError as error:
            raise Unreachable(str(error)) from None

    def read(self, path: str) -> Any:
        """The JSON at `path`; None when there is nothing of that name."""
        answer = self.call("GET", path)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        self.require(answer, HTTPStatus.OK)
        found = answer.json()
        if not isinstance(found, dict):
            raise Unreachable(f"{shown(self.addresses[0])} answered no JSON object")
        return found

    def require(self, answer: Answer, *good: int) -> None:
        if answer.status not in good:
            raise Unreachable(f"{shown(self.addresses[0])} answered {answer.status}: {answer.text[:200]}")


def web_address(text: Any) -> str:
    """The text where it is an address that a browser may be sent to, else nothing."""
    return text if isinstance(text, str) and text.startswith(("http://", "https://")) else ""
