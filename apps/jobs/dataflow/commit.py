"""Putting what a data flow wrote into its place, so that being killed loses and doubles nothing.

Object stores have no rename, and a flow may overwrite what it reads. So its files are
staged in a place of their own first. Then a *manifest* is written that says which staged
file goes where and which old ones go away: that one object is the commit. Until it is
there nothing happened; once it is there the rest is carried out, by whoever comes next if
need be, and every step of it may be done twice. Whoever reads or writes a bucket first
finishes what is pending in it.

Below `_headrace` in a bucket:

    staging/<commit>/…    files that are not in their places yet
    commits/<commit>      a manifest, or the name of the bucket that has it, for flows
                          with targets in several buckets
    done/<execution>      what a commit wrote, until the process that asked for it has told

A *commit* is one attempt of an *execution*. An attempt that is killed after its commit is
tried again, and finds `done`: it tells what was written instead of writing it once more.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from apps.jobs.storage import RESERVED, Found, Store

_STAGING, _COMMITS, _DONE = (f"{RESERVED}/{name}" for name in ("staging", "commits", "done"))
#: Staged files that are older belong to nobody any more.
FORGOTTEN_AFTER = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of one data flow, and the attempt at it that this process is."""

    name: str
    attempt: int

    @property
    def commit(self) -> str:
        return f"{self.name}-{self.attempt}"

    def staging(self, place: int) -> str:
        return f"{_STAGING}/{self.commit}/{place}"


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of one target: staged keys and the keys they get, and old objects that go."""

    bucket: str
    prefix: str
    pairs: tuple[tuple[str, str], ...]
    old: tuple[Found, ...] = ()


def replacing(store: Store, move: Move) -> Move:
    """The move with everything that is below its prefix now as old."""
    heads = (store.head(move.bucket, found.key) for found in store.find(move.bucket, move.prefix))
    return replace(move, old=tuple(found for found in heads if found))


@dataclass(frozen=True, slots=True)
class Manifest:
    commit: str
    execution: str
    moves: tuple[Move, ...]
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """The bucket that has the manifest."""
        return self.moves[0].bucket

    @property
    def buckets(self) -> list[str]:
        return list(dict.fromkeys(move.bucket for move in self.moves))


def commit(store: Store, manifest: Manifest) -> None:
    """Make it so. Up to the writing of the manifest nothing has happened."""
    with _locked(store, manifest.buckets):
        # The home bucket's manifest comes last: the others only say where to look for it.
        for bucket in manifest.buckets[1:]:
            store.write(bucket, f"{_COMMITS}/{manifest.commit}", json.dumps({"home": manifest.home}).encode())
        store.write(manifest.home, f"{_COMMITS}/{manifest.commit}", json.dumps(asdict(manifest)).encode())
        _finish(store, manifest)


def finish_pending(store: Store, buckets: Iterable[str]) -> list[str]:
    """Carry out what was committed in these buckets and not finished; the names of it."""
    finished = []
    for bucket in dict.fromkeys(buckets):
        for found in store.find(bucket, _COMMITS):
            manifest = _read(store, bucket, found.key)
            if manifest is None or manifest.commit in finished:
                continue
            with _locked(store, manifest.buckets):
                # While we waited for the lock its own process may have finished it.
                if store.head(manifest.home, f"{_COMMITS}/{manifest.commit}"):
                    _finish(store, manifest)
                    finished.append(manifest.commit)
    return finished


def recorded(store: Store, buckets: Iterable[str], execution: Execution) -> dict[str, Any] | None:
    """What an earlier attempt of this execution committed, if one did."""
    for bucket in dict.fromkeys(buckets):
        if store.head(bucket, f"{_DONE}/{execution.name}"):
            found: dict[str, Any] = json.loads(store.read(bucket, f"{_DONE}/{execution.name}"))
            return found
    return None


def forget(store: Store, buckets: Iterable[str], execution: Execution) -> None:
    """The execution has told what it wrote: the very last thing that it does."""
    for bucket in dict.fromkeys(buckets):
        store.delete(bucket, f"{_DONE}/{execution.name}")


def sweep(store: Store, buckets: Iterable[str], execution: Execution) -> None:
    """Remove what earlier attempts staged and never committed, and what nobody has asked for in days.

    What is pending was finished before.
    """
    too_old = (time.time() - FORGOTTEN_AFTER) * 1e9
    for bucket in dict.fromkeys(buckets):
        for found in (*store.find(bucket, _COMMITS), *store.find(bucket, _STAGING)):
            name = found.key.split("/")[2]
            is_own = name.rpartition("-")[0] == execution.name and name != execution.commit
            if is_own or found.modified < too_old:
                store.delete(bucket, found.key)


def discard(store: Store, moves: Iterable[Move]) -> None:
    """Remove what was staged for a commit that is not made."""
    for move in moves:
        for staged, _ in move.pairs:
            store.delete(move.bucket, staged)


def _read(store: Store, bucket: str, key: str) -> Manifest | None:
    """The manifest that lies there or that is pointed to; None when it is not (or no longer) made."""
    row = json.loads(store.read(bucket, key))
    if "home" in row:
        if not store.head(row["home"], key):
            return None
        row = json.loads(store.read(row["home"], key))
    moves = tuple(
        Move(
            move["bucket"],
            move["prefix"],
            tuple((staged, final) for staged, final in move["pairs"]),
            tuple(Found(**old) for old in move["old"]),
        )
        for move in row["moves"]
    )
    return Manifest(row["commit"], row["execution"], moves, row["outputs"])


def _finish(store: Store, manifest: Manifest) -> None:
    """Every step may have been done before, by us or by another."""
    for move in manifest.moves:
        _clear_the_way(store, move)
        for staged, final in move.pairs:
            if store.head(move.bucket, staged):
                store.copy(move.bucket, staged, final)
        for old in move.old:
            _remove(store, move.bucket, old)
    store.write(manifest.home, f"{_DONE}/{manifest.execution}", json.dumps(manifest.outputs).encode())
    # The staged files stay until the last is in place: a pair that is missing one was moved before.
    discard(store, manifest.moves)
    for bucket in reversed(manifest.buckets):
        store.delete(bucket, f"{_COMMITS}/{manifest.commit}")


def _clear_the_way(store: Store, move: Move) -> None:
    """An object that is called as the folder is now cannot stay where that is a real folder."""
    for old in move.old:
        if old.key == move.prefix:
            _remove(store, move.bucket, old)


def _remove(store: Store, bucket: str, old: Found) -> None:
    """Remove the very object that was meant; what was put there since is somebody else's."""
    if store.head(bucket, old.key) == old:
        store.delete(bucket, old.key)


@contextlib.contextmanager
def _locked(store: Store, buckets: Iterable[str]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for bucket in sorted(set(buckets)):
            stack.enter_context(store.lock(bucket))
        yield
