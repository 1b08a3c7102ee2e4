"""Pods of a Kubernetes that carry the label of an attempt, through its REST interface.

What a pod started in its turn (Spark's executors) belongs to it and goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from apps.engine.outside import Finish, OutsideJob
from apps.jobs.outside.contract import Container, Driver

#: The label whose value is the attempt's tag.
LABEL = "headrace-attempt"
LOG_LINES = 20_000
_OVER = {"Succeeded": Finish.SUCCEEDED, "Failed": Finish.FAILED}


class Kubernetes(Driver):
    system = "kubernetes"
    logs = ("stdout",)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def pods(self) -> str:
        namespace = self.endpoints.get("namespace") or "default"
        return f"/api/v1/namespaces/{quote(namespace, safe='')}/pods"

    def find(self, tags: Sequence[str], ids: Sequence[str]) -> list[OutsideJob]:
        found: dict[str, OutsideJob] = {}
        if tags:
            query = urlencode({"labelSelector": f"{LABEL} in ({','.join(tags)})"})
            listed = self.read(f"{self.pods}?{query}") or {}
            found |= {job.id: job for job in map(_job, listed.get("items") or ())}
        for id in ids:
            if id not in found and (pod := self._pod(id)):
                found[id] = _job(pod)
        return list(found.values())

    def end(self, job: OutsideJob) -> None:
        answer = self.call("DELETE", f"{self.pods}/{quote(job.id, safe='')}")
        self.require(answer, HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NOT_FOUND)

    def containers(self, job: OutsideJob) -> list[Container]:
        pod = self._pod(job.id) or {}
        host = str((pod.get("spec") or {}).get("nodeName", ""))
        listed = (pod.get("status") or {}).get("containerStatuses") or ()
        return [Container(job.id, each["name"], host, _state(each.get("state") or {})) for each in listed]

    def log(self, container: Container, name: str) -> str:
        if name not in self.logs:
            raise LookupError(name)
        query = urlencode({"container": container.id, "tailLines": LOG_LINES})
        answer = self.call("GET", f"{self.pods}/{quote(container.job, safe='')}/log?{query}")
        if answer.status == HTTPStatus.NOT_FOUND:
            raise LookupError(name)
        self.require(answer, HTTPStatus.OK)
        return answer.text

    def _pod(self, name: str) -> Any:
        return self.read(f"{self.pods}/{quote(name, safe='')}")


def _job(pod: Mapping[str, Any]) -> OutsideJob:
    meta, status = pod.get("metadata") or {}, pod.get("status") or {}
    phase = str(status.get("phase", ""))
    finish = _OVER.get(phase)
    is_leaving = bool(meta.get("deletionTimestamp")) and finish is None
    return OutsideJob(
        system=Kubernetes.system,
        id=str(meta.get("name", "")),
        state="Terminating" if is_leaving else phase,
        finish=finish,
        note=str(status.get("message") or status.get("reason") or ""),
        tags=tuple(filter(None, [(meta.get("labels") or {}).get(LABEL)])),
    )


def _state(state: Mapping[str, Any]) -> str:
    """`running`, or why not.

    >>> _state({"terminated": {"reason": "OOMKilled", "exitCode": 137}}), _state({"running": {}})
    ('OOMKilled', 'running')
    """
    for word, detail in state.items():
        return str((detail or {}).get("reason") or word)
    return ""
