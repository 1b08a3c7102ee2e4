"""Fill an empty database with runs to be worked off: a 1 → 500 → 1 fan, a chain, layers.

Usage: make_runs.py   (settings by environment, as for every process of ours)
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
django.setup()

from apps.flows.runs import submit_flow  # noqa: E402
from apps.projects.models import Cluster, User  # noqa: E402
from tests.graphs import chain, fan, layers, make_drawn_flow  # noqa: E402


def main() -> None:
    Cluster.objects.create(name="local")
    user = User.objects.create(username="ann", is_superuser=True)
    for edges in (fan(500), chain(60), layers(8, 20)):
        submit_flow(make_drawn_flow(edges, by=user), by=user)


if __name__ == "__main__":
    main()
