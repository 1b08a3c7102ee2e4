from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.installation import PASSWORD, Installation

#: A slow machine with two cores also runs the installation that is looked at.
PATIENCE_MS = 20_000


@pytest.fixture(scope="session")
def base_url(stack: Installation) -> str:
    return stack.url


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page that is signed in, and that no script may have failed on."""
    expect.set_options(timeout=PATIENCE_MS)
    page.set_default_timeout(PATIENCE_MS)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto("/sign-in/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    yield page
    assert failures == []


@pytest.fixture
def make_flow(stack: Installation) -> Callable[..., str]:
    """Makes a flow in the demo project and gives its ref: `make_flow("name", a="true", b="false")`.

    The jobs run one after the other.
    """

    def make(name: str, **contents: str) -> str:
        script = SCRIPT.format(name=name, contents=json.dumps(json.dumps(contents)))
        return stack.manage("shell", "-v0", "-c", script).strip()

    return make


SCRIPT = """
import json
from apps.engine.drafts import END, JOB, START, EdgeDraft, FlowDraft, NodeDraft
from apps.engine.layout import draft_to_graph_text
from apps.flows.actions import create_flow
from apps.jobs.actions import create_job
from apps.projects.models import Project, User
project, by = Project.objects.get(name="Demo"), User.objects.get(username="admin")
nodes, edges, last = [NodeDraft("start", START, START)], [], "start"
for label, content in json.loads({contents}).items():
    job = create_job(project, name=label, kind="SHELL", content=content, by=by)
    nodes.append(NodeDraft(label, JOB, "SHELL", label, "FJ-" + job.ref))
    edges.append(EdgeDraft(last + label, last, label))
    last = label
nodes.append(NodeDraft("end", END, END))
edges.append(EdgeDraft(last + "end", last, "end"))
graph = draft_to_graph_text(FlowDraft(tuple(nodes), tuple(edges)))
print(create_flow(project, name="{name}", graph=graph, by=by).ref)
"""
