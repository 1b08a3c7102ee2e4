"""The graphs that are measured, and the same graphs for ninja.

A graph maps each node to its parents, parents first. Every node is a SHELL job whose content
is `true`.

    W1  a chain of 100              W4  50 runs at once of a chain of 10
    W2  1 -> 500 -> 1               W5  one node: until its process is there
    W3  20 layers of 50, each node after 3 of the layer before
    W6  10,000 nodes: 200 such layers
    W7  1,000 flows that are due at one moment, two schedulers: how late their runs are made

A SHELL job is bash on a script file, with an environment and a log of its own. Two floors
stand beside it:

    same    ninja running `bash true.sh`: the same shell on the same kind of script. What we
            add to it is what the product costs, so this is the floor that targets are held to.
            Ninja reaches bash through `sh -c`, which replaces itself by it.
    plain   ninja running `true`, which its own `sh -c` does by itself, in about half the time
            that bash takes to start: what the least of all schedulers takes for the least of
            all commands.
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
SAME, PLAIN = "bash true.sh", "true"


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
    "W6": (layers(200, 50), 1),
}


def ninja_seconds(graph: Graph, runs: int, command: str) -> float:
    """How long ninja takes for this command as each node, in the same order, with as many at once."""
    lines = ["rule run", f"  command = {command}"]
    for run in range(runs):
        for name, parents in graph.items():
            after = " ".join(f"r{run}{parent}" for parent in parents)
            lines.append(f"build r{run}{name}: run {after}".rstrip())
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "build.ninja").write_text("\n".join(lines) + "\n")
        Path(folder, "true.sh").write_text("true")
        began = time.perf_counter()
        subprocess.run([NINJA, f"-j{SLOTS}", "--quiet", "-C", folder], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began
