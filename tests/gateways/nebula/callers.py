"""A program that speaks Explorer's open API, and workflows for it to run."""

from __future__ import annotations

import base64
import itertools
import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from apps.engine.drafts import END, JOB, START, EdgeDraft, FlowDraft, NodeDraft
from apps.engine.layout import draft_to_graph_text
from apps.flows.actions import create_flow
from apps.flows.models import Flow
from apps.jobs.models import Job
from apps.projects.models import Project
from tests.factories import make_job

BASE = "/api-open/v1"


def bearer(name: str, secret: str, *, as_list: bool = False) -> str:
    text = json.dumps([name, secret]) if as_list else f"{name}:{secret}"
    return f"Bearer {base64.b64encode(text.encode()).decode()}"


def connect(authorization: str, body: Any = None) -> HttpResponse:
    body = {"address": "10.1.2.3", "port": 9669} if body is None else body
    headers = {"Authorization": authorization} if authorization else {}
    return Client().post(f"{BASE}/connect", body, content_type="application/json", headers=headers)


@dataclass(frozen=True)
class Explorer:
    """Holds the token of a login."""

    token: str

    @classmethod
    def of(cls, name: str, secret: str, **body: Any) -> Explorer:
        response = connect(bearer(name, secret), body or None)
        assert response.status_code == 200, response.content
        return cls(response.cookies["explorer_token"].value)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        cookie = {"Cookie": f"explorer_token={self.token}"} if self.token else {}
        return Client().generic(
            method, BASE + path, data, content_type="application/json", headers=cookie | headers
        )

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The data of a call that must succeed."""
        response = self.send(method, path, body)
        reply = json.loads(response.content)
        assert (response.status_code, reply.get("code"), reply.get("message")) == (200, 0, "Success"), reply
        return reply["data"]

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> int:
        """The code of a call that must fail; its status is the code's first digits."""
        response = self.send(method, path, body, **headers)
        reply = json.loads(response.content)
        assert reply.keys() == {"code", "message"}, reply
        assert response.status_code == reply["code"] // 100_000
        return int(reply["code"])


def workflow(project: Project, name: str = "find", **nodes: dict[str, Any]) -> Flow:
    """A chain of nodes: `workflow(project, a={"kind": "NGQL", "content": …, "headrace": {…}})`."""
    drafts = [NodeDraft("start", START, START)]
    for node_id, fields in nodes.items():
        held = fields.pop("headrace", None)
        job: Job = make_job(project, node_id, **fields)
        attributes = {} if held is None else {"headrace": held}
        drafts.append(NodeDraft(node_id, JOB, job.kind, node_id, f"FJ-{job.ref}", attributes=attributes))
    drafts.append(NodeDraft("end", END, END))
    pairs = itertools.pairwise(drafts)
    edges = [EdgeDraft(f"{a.id}-{b.id}", a.id, b.id) for a, b in pairs]
    text = draft_to_graph_text(FlowDraft(tuple(drafts), tuple(edges)))
    return create_flow(project, name=name, graph=text, by=project.owner)
