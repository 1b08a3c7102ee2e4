"""Applications of a YARN, through its ResourceManager's REST interface.

Calls carry the name of the user whose application it is, as Hadoop's simple authentication
wants it; a ResourceManager that wants Kerberos answers 401, which is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from apps.engine.outside import Finish, OutsideJob
from apps.jobs.outside.contract import LONGEST_LOG, Container, Driver, Unreachable, web_address
from apps.lib.outbound import shown

APPS = "/ws/v1/cluster/apps"
#: A query stays well below what servers take as an address.
TAGS_AT_ONCE = 40
_FINISHED = {"SUCCEEDED": Finish.SUCCEEDED, "KILLED": Finish.KILLED}
_OVER = {"FAILED": Finish.FAILED, "KILLED": Finish.KILLED}


class Yarn(Driver):
    system = "yarn"
    logs = ("stdout", "stderr", "syslog")

    def find(self, tags: Sequence[str], ids: Sequence[str]) -> list[OutsideJob]:
        found: dict[str, OutsideJob] = {}
        for at in range(0, len(tags), TAGS_AT_ONCE):
            query = urlencode({"applicationTags": ",".join(tags[at : at + TAGS_AT_ONCE])}, safe=",")
            listed = (self.read(f"{APPS}?{query}") or {}).get("apps") or {}
            found |= {job.id: job for job in map(_job, listed.get("app") or ())}
        for id in ids:
            if id not in found and (answer := self.read(f"{APPS}/{quote(id, safe='')}")):
                found[id] = _job(answer.get("app") or {})
        return sorted(found.values(), key=lambda job: _order(job.id))

    def end(self, job: OutsideJob) -> None:
        path = f"{APPS}/{quote(job.id, safe='')}/state?{urlencode({'user.name': job.user})}"
        answer = self.call("PUT", path, json={"state": "KILLED"})
        self.require(answer, HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NOT_FOUND)

    def containers(self, job: OutsideJob) -> list[Container]:
        """The containers of its newest try; of an application that ended only the first is known."""
        tries = f"{APPS}/{quote(job.id, safe='')}/appattempts"
        listed = ((self.read(tries) or {}).get("appAttempts") or {}).get("appAttempt") or []
        if not listed:
            return []
        newest = max(listed, key=lambda each: int(each.get("id", 0)))
        master = Container(
            job.id,
            str(newest.get("containerId", "")),
            str(newest.get("nodeId", "")).partition(":")[0],
            job.state,
            _node(newest),
        )
        found = {master.id: master} if master.id else {}
        answer = self.read(f"{tries}/{quote(str(newest.get('appAttemptId', '')), safe='')}/containers") or {}
        for each in (answer.get("containers") or answer).get("container") or ():
            found[each["containerId"]] = Container(
                job.id,
                each["containerId"],
                str(each.get("nodeId") or each.get("assignedNodeId") or "").partition(":")[0],
                str(each.get("containerState", "")),
                _node(each),
            )
        return list(found.values())

    def log(self, container: Container, name: str) -> str:
        """From the node that runs it; once that has forgotten it, from the history server."""
        file = f"{quote(container.id, safe='')}/logs/{quote(name, safe='')}"
        places = []
        if container.address:
            places.append(f"{container.address}/ws/v1/node/containers/{file}?size=-{LONGEST_LOG}")
        if history := self.endpoints.get("history"):
            kept = f"{quote(container.id, safe='')}/{quote(name, safe='')}?size=-{LONGEST_LOG}"
            places.append(f"{history.rstrip('/')}/ws/v1/history/containerlogs/{kept}")
        trouble: Exception = LookupError(name)
        for place in places:
            try:
                answer = self.ask("GET", place, limit=LONGEST_LOG + 4096)
            except Unreachable as error:
                trouble = error
                continue
            if answer.status == HTTPStatus.OK:
                return _contents(answer.text, name)
            if answer.status != HTTPStatus.NOT_FOUND:
                trouble = Unreachable(f"{shown(place)} answered {answer.status}")
        raise trouble


def _job(app: Mapping[str, Any]) -> OutsideJob:
    state, final = str(app.get("state", "")), str(app.get("finalStatus", ""))
    finish = _FINISHED.get(final, Finish.FAILED) if state == "FINISHED" else _OVER.get(state)
    progress = app.get("progress")
    return OutsideJob(
        system=Yarn.system,
        id=str(app.get("id", "")),
        state=state,
        finish=finish,
        name=str(app.get("name", "")),
        user=str(app.get("user", "")),
        progress=float(progress) if isinstance(progress, int | float) and 0 <= progress <= 100 else None,
        url=web_address(app.get("trackingUrl")),
        note=str(app.get("diagnostics") or "").strip(),
        tags=tuple(str(app.get("applicationTags") or "").split(",")),
    )


def _order(id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in id.split("_") if part.isdigit())


def _node(each: Mapping[str, Any]) -> str:
    """The web address of the node: some versions say it without http://."""
    text = str(each.get("nodeHttpAddress") or "")
    return text if not text or "://" in text else f"http://{text}"


def _contents(text: str, name: str) -> str:
    """The log alone: nodes put a head and a foot around it."""
    _, found, rest = text.partition("LogContents:\n")
    return (rest if found else text).rpartition(f"\nEnd of LogType:{name}")[0] if found else text
