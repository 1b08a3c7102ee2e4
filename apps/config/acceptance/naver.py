"""Data Flow: a bucket with a few rows to filter."""

from __future__ import annotations

from apps.config.acceptance.stage import Stage
from apps.jobs.objects import store

BUCKET, PREFIX = "aitems", "dataflow1"
ROWS = "id,name,description\n1,A,first\n2,B,second\n3,A,third\n4,B,fourth\n5,C,fifth\n"


def prepare(stage: Stage) -> list[str]:
    objects = store()
    for found in objects.find(BUCKET, PREFIX):
        # An earlier run of the client has filtered them.
        objects.delete(BUCKET, found.key)
    objects.write(BUCKET, f"{PREFIX}/items.csv", ROWS.encode())
    return ["--naver", stage.url, "--access-key", stage.key.key_id, "--secret-key", stage.key.secret]
