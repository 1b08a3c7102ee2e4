"""A data flow process that is killed before its n-th change to the store: dying.py N PLAN.json

It is the very process of the product; only its store pulls the plug.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from apps.jobs.dataflow import run
from apps.jobs.storage import Store, open_store

CHANGES = ("write", "copy", "delete")


class DyingStore:
    """A store, until its time has come."""

    def __init__(self, store: Store, left: int) -> None:
        self.store = store
        self.left = left

    def __getattr__(self, name: str) -> Any:
        if name in CHANGES:
            if self.left == 0:
                os._exit(137)
            self.left -= 1
        return getattr(self.store, name)


def main() -> int:
    run.open_store = lambda place: DyingStore(open_store(place), int(sys.argv[1]))
    return run.main(sys.argv[2:], os.environ)


if __name__ == "__main__":
    sys.exit(main())
