"""Run one algorithm: `python -m apps.jobs.graphs.run SPEC.json`.

{"algorithm": "pagerank", "edges": ["/…/follow.csv"], "src": "", "dst": "", "weight": "",
 "parameters": {"damping": "0.85"}, "result": "/…/part-00000.csv.gz"}
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from apps.jobs.graphs.algorithms import ALGORITHMS
from apps.jobs.graphs.edges import Unusable, read_edges
from apps.jobs.graphs.parameters import Given
from apps.jobs.graphs.results import note_result, write_result


def main(spec_path: str) -> int:
    spec = json.loads(Path(spec_path).read_text())
    try:
        given = Given(spec["algorithm"], spec["parameters"])
        edges = read_edges(map(Path, spec["edges"]), src=spec["src"], dst=spec["dst"], weight=spec["weight"])
        print(f"{len(edges.pairs)} edges between {len(edges.names)} vertices", flush=True)
        table = ALGORITHMS[spec["algorithm"]](edges, given)
    except (Unusable, OSError, UnicodeDecodeError) as error:
        print(f"{spec['algorithm']}: {error}", file=sys.stderr)
        return 1
    rows = write_result(Path(spec["result"]), table.columns, table.rows)
    note_result(table.columns, rows, **table.notes)
    for name, value in table.notes.items():
        print(f"{name}: {value}")
    print(f"{rows} rows of {', '.join(table.columns)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
