"""Runs one plan, as a process of its own: python -m apps.jobs.dataflow.run PLAN.json

The environment says where the objects are (see `storage.Place`) and which attempt of which
node of which run this is. Nothing of Django is imported: the process starts in a fraction
of a second, and knows no more than it needs.

It first finishes what other flows committed in the same buckets. Then it reads, writes
into its staging place, commits, and tells: rows of each node into the log and into the file
that HEADRACE_OUTPUTS names.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from apps.jobs.dataflow import commit
from apps.jobs.dataflow.commit import Execution, Manifest, Move
from apps.jobs.dataflow.frames import Counts, frame_of
from apps.jobs.dataflow.plan import Plan, Step, plan_from_json
from apps.jobs.dataflow.sources import Reader, visible
from apps.jobs.dataflow.targets import stage
from apps.jobs.storage import BadAddress, Place, StorageError, Store, open_store

#: Longest part of an engine's own message that is shown.
LONGEST_TROUBLE = 2000


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    (path,) = arguments
    started = time.monotonic()
    try:
        plan = plan_from_json(Path(path).read_text())
        store = open_store(Place.of(environment))
        outputs = execute(plan, store, execution_of(environment))
    except (StorageError, BadAddress, pl.exceptions.PolarsError, OSError) as error:
        print(f"[dataflow] failed: {str(error)[:LONGEST_TROUBLE]}", flush=True)
        return 1
    print(f"[dataflow] done in {time.monotonic() - started:.1f} s", flush=True)
    _leave(outputs, environment)
    commit.forget(store, buckets_of(plan), execution_of(environment))
    return 0


def execution_of(environment: Mapping[str, str]) -> Execution:
    node = environment.get("HEADRACE_NODE", "")
    # Node ids are free text, and this one becomes part of the names of files.
    node = "".join(letter if letter.isascii() and letter.isalnum() else f"{ord(letter):x}" for letter in node)
    name = "-".join(part for part in (environment.get("HEADRACE_RUN", "local"), node[:64]) if part)
    return Execution(name, int(environment.get("HEADRACE_ATTEMPT", "1")))


def buckets_of(plan: Plan) -> list[str]:
    return list(dict.fromkeys(step.options["bucket"] for step in plan.steps if "bucket" in step.options))


def execute(plan: Plan, store: Store, execution: Execution) -> dict[str, Any]:
    """Run the plan, once for all attempts at it; what is known of its rows."""
    buckets = buckets_of(plan)
    for name in commit.finish_pending(store, buckets):
        print(f"[dataflow] finished the commit {name}, which was cut off", flush=True)
    earlier = commit.recorded(store, buckets, execution)
    if earlier is not None:
        print("[dataflow] an earlier attempt has written everything already", flush=True)
        _tell(plan, earlier)
        return earlier
    commit.sweep(store, buckets, execution)
    moves, outputs = _stage_all(plan, store, execution)
    if moves:
        moves = [
            commit.replacing(store, move) if plan.steps[place].options["mode"] == "OVERWRITE" else move
            for place, move in moves.items()
        ]
        commit.commit(store, Manifest(execution.commit, execution.name, tuple(moves), outputs))
    _tell(plan, outputs)
    return outputs


def _stage_all(plan: Plan, store: Store, execution: Execution) -> tuple[Any, dict[str, Any]]:
    """One target after the other: what they share is read again, and never held in memory."""
    moves: dict[int, Move] = {}
    rows: dict[int, int] = {}
    nulled: dict[int, int] = {}
    try:
        for place in plan.targets:
            step = plan.steps[place]
            bucket, prefix = step.options["bucket"], step.options["prefix"]
            if step.options["mode"] == "IGNORE" and visible(store, bucket, prefix):
                print(f"[dataflow] {bucket}/{prefix} holds data already: nothing is written", flush=True)
                rows[place] = 0
                continue
            store.make_room(bucket, prefix)
            counts = Counts()
            frame = frame_of(plan, place, Reader(store, counts), counts)
            moves[place] = stage(store, execution, place, step, frame)
            seen = counts.of(plan, place)
            rows |= seen.rows
            nulled |= seen.nulled
    except Exception:
        commit.discard(store, moves.values())
        commit.sweep(store, buckets_of(plan), Execution(execution.name, execution.attempt + 1))
        raise
    return moves, _outputs(plan, rows, nulled)


def _outputs(plan: Plan, rows: Mapping[int, int], nulled: Mapping[int, int]) -> dict[str, Any]:
    """By node id: its rows read and written, and the cells that became null."""
    nodes: dict[str, dict[str, Any]] = {}
    for place, step in enumerate(plan.steps):
        written = rows.get(place, 0)
        read = written if step.is_source else sum(rows.get(parent, 0) for parent in step.inputs)
        nodes[step.node] = {"name": step.name, "type": step.type, "read": read, "written": written}
        if nulled.get(place):
            nodes[step.node]["nulled"] = nulled[place]
    return {"rows": nodes}


def _tell(plan: Plan, outputs: dict[str, Any]) -> None:
    print(f"[dataflow] {'rows read':>12} {'written':>12}  node", flush=True)
    for step in plan.steps:
        seen = outputs["rows"].get(step.node, {})
        print(f"[dataflow] {seen['read']:>12} {seen['written']:>12}  {_title(step)}", flush=True)
        if seen.get("nulled"):
            print(
                f"[dataflow]   {seen['nulled']} cells could not be read as their type and are null",
                flush=True,
            )


def _title(step: Step) -> str:
    where = f" {step.options['bucket']}/{step.options['prefix']}" if "bucket" in step.options else ""
    return f"{step.node} {step.name} ({step.type}{where})"


def _leave(outputs: dict[str, Any], environment: Mapping[str, str]) -> None:
    if path := environment.get("HEADRACE_OUTPUTS"):
        Path(path).write_text(json.dumps(outputs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
