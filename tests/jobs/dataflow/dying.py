"""A data flow process that is killed before its n-th change to the store: dying.py N PLAN.json

It is the very process of the product; only its store pulls the plug. The number of changes
that were made is printed, for whoever wants to know how many there are.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from apps.jobs.dataflow import run
from apps.jobs.storage import Folder

CHANGES = ("write", "copy", "delete")


class DyingFolder(Folder):
    left = int(sys.argv[1])

    def __getattribute__(self, name: str) -> Any:
        if name in CHANGES:
            if DyingFolder.left == 0:
                os._exit(137)
            DyingFolder.left -= 1
        return super().__getattribute__(name)


def main() -> int:
    run.open_store = lambda place: DyingFolder(run.Path(place.folder))
    return run.main(sys.argv[2:], os.environ)


if __name__ == "__main__":
    sys.exit(main())
