"""The graphs that are measured, and the same graphs for ninja.

A graph maps each node to its parents, parents first. Every node runs `true` by a shell.

    W1  a chain of 100              W4  50 runs at once of a chain of 10
    W2  1 -> 500 -> 1               W5  one node: from the call to its process
    W3  20 layers of 50, each node after 3 of the layer before
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

Graph = dict[str, list[str]]

#: As many commands at once as the host under test has slots.
SLOTS = 2
NINJA = Path(sys.executable).parent / "ninja"


def chain(length: int) -> Graph:
    return {f"n{i}": [f"n{i - 1}"] if i else [] for i in range(length)}


def fan(width: int) -> Graph:
    middle = [f"m{i}" for i in range(width)]
    return {"first": []} | {name: ["first"] for name in middle} | {"last": middle}


def layers(depth: int, width: int) -> Graph:
    return {
        f"d{d}x{i}": [f"d{d - 1}x{(i + shift) % width}" for shift in (0, 7, 13)] if d else []
        for d in range(depth)
        for i in range(width)
    }


#: Workload -> its graph and how many runs of it are submitted together.
WORKLOADS: dict[str, tuple[Graph, int]] = {
    "W1": (chain(100), 1),
    "W2": (fan(500), 1),
    "W3": (layers(20, 50), 1),
    "W4": (chain(10), 50),
}


def ninja_seconds(graph: Graph, runs: int = 1) -> float:
    """How long ninja takes for the same commands in the same order, with as many at once."""
    lines = ["rule run", "  command = true"]
    for run in range(runs):
        for name, parents in graph.items():
            after = " ".join(f"r{run}{parent}" for parent in parents)
            lines.append(f"build r{run}{name}: run {after}".rstrip())
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "build.ninja").write_text("\n".join(lines) + "\n")
        began = time.perf_counter()
        subprocess.run([NINJA, f"-j{SLOTS}", "--quiet", "-C", folder], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began
