"""What the logs of well-known programs say: how far they are, and the ids of what they started elsewhere."""

from __future__ import annotations

import re

YARN_APPLICATION = re.compile(r"\bapplication_\d{10,}_\d{4,}\b")
MAPREDUCE_JOB = re.compile(r"\bjob_\d{10,}_\d{4,}\b")
SPARK_DRIVER = re.compile(r"\bdriver-\d{14}-\d{4,}\b")

#: "map 30% reduce 0%", and Hive's "map = 30%,  reduce = 0%".
_MAP_REDUCE = re.compile(r"\bmap(?: =)? (\d{1,3})%,?\s+reduce(?: =)? (\d{1,3})%", re.IGNORECASE)
#: Tez: "Map 1: 3(+2)/10	Reducer 2: 0/1".
_TEZ_LINE = re.compile(r"^.*\b(?:Map|Reducer) \d+: .*$", re.MULTILINE)
_TEZ_VERTEX = re.compile(r"\b(?:Map|Reducer) \d+: (\d+)(?:\([^)]*\))?/(\d+)")
#: "[Stage 3:====>          (12 + 2) / 40]", several of them side by side.
_STAGE = re.compile(r"\[Stage \d+:[=> ]*\((\d+) \+ \d+\) / (\d+)\]")
#: "Finished task 1.0 in stage 0.0 (TID 1) in 412 ms on host (executor 1) (2/4)"
_TASK = re.compile(r"Finished task \S+ in stage .* \((\d+)/(\d+)\)")
#: "[=====>>     ] 45%" of Presto, Trino and Impala.
_BAR = re.compile(r"\[[=>#< -]*\]\s*(\d{1,3})\s*%")
_COMPLETE = re.compile(r"\b(\d{1,3})% complete\b")


def map_reduce(text: str) -> int | None:
    """How far the last job of MapReduce or Tez in the log is.

    >>> map_reduce("map 0% reduce 0%\\nmap 100% reduce 50%"), map_reduce("Map 1: 3(+2)/10	Reducer 2: 0/1")
    (75, 27)
    """
    found = _MAP_REDUCE.findall(text)
    if found:
        return _percent((int(found[-1][0]) + int(found[-1][1])) / 2)
    lines = _TEZ_LINE.findall(text)
    return _share(_TEZ_VERTEX.findall(lines[-1])) if lines else None


def maps_only(text: str) -> int | None:
    """How far a job is that has no reducers."""
    found = _MAP_REDUCE.findall(text)
    return _percent(int(found[-1][0])) if found else None


def spark(text: str) -> int | None:
    """How far the stages that run are: how many are to come nobody knows.

    >>> spark("[Stage 3:==>  (12 + 2) / 40]"), spark("[Stage 0:> (0 + 2) / 4]\\r[Stage 0:==> (2 + 2) / 4]")
    (30, 50)
    """
    lines = [found for line in re.split(r"[\r\n]", text) if (found := _STAGE.findall(line))]
    return _share(lines[-1]) if lines else _share(_TASK.findall(text)[-1:])


def bar(text: str) -> int | None:
    """
    >>> bar("[ 12M rows, 3MB] [1.2K rows/s] [====>>   ] 45%")
    45
    """
    found = _BAR.findall(text)
    return _percent(int(found[-1])) if found else None


def complete(text: str) -> int | None:
    """
    >>> complete("INFO MapReduceLauncher - 50% complete")
    50
    """
    found = _COMPLETE.findall(text)
    return _percent(int(found[-1])) if found else None


def _share(parts: list[tuple[str, str]]) -> int | None:
    whole = sum(int(total) for _, total in parts)
    return _percent(100 * sum(int(done) for done, _ in parts) / whole) if whole else None


def _percent(number: float) -> int:
    return max(0, min(100, int(number)))
