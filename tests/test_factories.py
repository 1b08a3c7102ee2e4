from __future__ import annotations

import pytest

from apps.engine.drafts import read_graph
from apps.engine.graph import validate
from tests.factories import make_flow

pytestmark = pytest.mark.django_db


def test_a_made_flow_is_one_that_can_run():
    flow = make_flow(a=[], b=["a"], c=["a"], d=["b", "c"])
    draft = read_graph(flow.document.text)
    assert not validate(draft)
    assert {node.name for node in draft.nodes} >= {"a", "b", "c", "d"}
