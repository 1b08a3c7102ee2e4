from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clusters import Cluster, running_cluster


@pytest.fixture
def cluster(settings) -> Iterator[Cluster]:
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with running_cluster() as running:
        yield running
