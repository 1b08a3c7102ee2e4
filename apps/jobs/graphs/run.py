"""Run one algorithm: `python -m apps.jobs.graphs.run SPEC.json`.

{"algorithm": "pagerank", "edges": ["/…/follow.csv"], "src": "", "dst": "", "weight": "",
 "parameters": {"damping": "0.85"}, "result": "/…/part-00000.csv.gz"}
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from apps.jobs.graphs.algorithms import ALGORITHMS
from apps.jobs.graphs.edges import Unusable, read_edges
from apps.jobs.graphs.parameters import Given
from apps.jobs.graphs.results import note_result, write_result
from apps.jobs.storage import BadAddress, Place, StorageError, is_hidden, open_store

#: What a reader of edges takes; other objects below the prefix are passed over.
ENDINGS = (".csv", ".csv.gz")


def main(spec_path: str) -> int:
    spec = json.loads(Path(spec_path).read_text())
    try:
        given = Given(spec["algorithm"], spec["parameters"])
        edges = read_edges(_files(spec), src=spec["src"], dst=spec["dst"], weight=spec["weight"])
        print(f"{len(edges.pairs)} edges between {len(edges.names)} vertices", flush=True)
        table = ALGORITHMS[spec["algorithm"]](edges, given)
    except (Unusable, BadAddress, StorageError, OSError, EOFError, UnicodeDecodeError) as error:
        print(f"{spec['algorithm']}: {error}", file=sys.stderr)
        return 1
    rows = write_result(Path(spec["result"]), table.columns, table.rows)
    note_result(table.columns, rows, **table.notes)
    for name, value in table.notes.items():
        print(f"{name}: {value}")
    print(f"{rows} rows of {', '.join(table.columns)}")
    return 0


def _files(spec: dict[str, Any]) -> Iterator[tuple[str, BinaryIO]]:
    """Names and bytes of the CSV files that hold the edges."""
    if "file" in spec:
        with open(spec["file"], "rb") as file:
            yield spec["file"], file
        return
    bucket, prefix = spec["bucket"], spec["prefix"]
    store = open_store(Place.of(os.environ))
    for found in store.find(bucket, prefix):
        if found.key.endswith(ENDINGS) and not is_hidden(found.key, prefix):
            yield f"{bucket}/{found.key}", io.BytesIO(store.read(bucket, found.key))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
