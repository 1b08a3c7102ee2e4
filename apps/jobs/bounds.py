"""What an attempt may take of its host: memory, cores and its nice value, by its run settings.

Programs of util-linux and coreutils set them and become the job, so whoever names none pays
nothing. The memory is that of each of its processes (RLIMIT_DATA: what a Java machine only
reserves does not count), the cores are some of the host's.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Mapping
from functools import lru_cache

from apps.jobs.errors import JobError

MEGABYTE = 1 << 20
LEAST_NICE, MOST_NICE = -20, 19


def bounded(argv: list[str], run_conf: Mapping[str, str]) -> list[str]:
    """The command line with what keeps it within its bounds. Raises JobError for one that is no number."""
    memory, cores = _whole(run_conf, "memory"), _whole(run_conf, "cores")
    nice = min(MOST_NICE, max(LEAST_NICE, -_whole(run_conf, "priority", least=LEAST_NICE * 5)))
    if os.geteuid() != 0:
        nice = max(0, nice)  # only root may let something go before others
    there = sorted(os.sched_getaffinity(0))
    words: list[str] = []
    if nice and (program := _program("nice")):
        words += [program, "-n", str(nice)]
    if 0 < cores < len(there) and (program := _program("taskset")):
        words += [program, "-c", ",".join(map(str, sorted(random.sample(there, cores))))]
    if memory and (program := _program("prlimit")):
        words += [program, f"--data={memory * MEGABYTE}", "--"]
    return words + argv


def _whole(run_conf: Mapping[str, str], name: str, least: int = 0) -> int:
    text = run_conf.get(name, "").strip()
    try:
        number = int(float(text or 0))
    except (ValueError, OverflowError):
        number = least - 1
    if number < least:
        raise JobError(f"{name} of its run settings is {text!r}, which is no number from {least}")
    return number


@lru_cache(maxsize=8)
def _program(name: str) -> str:
    return shutil.which(name, path=os.defpath) or shutil.which(name) or ""
