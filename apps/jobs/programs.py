"""Which of the programs that jobs need a host has, and where."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from functools import lru_cache

from apps.jobs.errors import JobError
from apps.jobs.kinds import KINDS
from apps.jobs.kinds.contract import Kind

#: Variables of a host's environment that say where such programs are and how they are set up.
HOMES = (
    "HADOOP_HOME",
    "HADOOP_CONF_DIR",
    "YARN_CONF_DIR",
    "HIVE_HOME",
    "HIVE_CONF_DIR",
    "SPARK_HOME",
    "SPARK_CONF_DIR",
    "PYSPARK_PYTHON",
    "FLINK_HOME",
    "FLINK_CONF_DIR",
    "PIG_HOME",
    "SQOOP_HOME",
    "KYUUBI_HOME",
)


def find_program(
    names: Iterable[str], env: Mapping[str, str], *, homes: Iterable[str] = (), host: str = ""
) -> str:
    """The full path of the first of these programs that is there: below one of the `homes`, else on PATH.

    Raises JobError when none is.
    """
    names, path = tuple(names), _path(env, homes)
    try:
        return _remembered(names, path)
    except LookupError:
        where = f"host {host}" if host else "this host"
        raise JobError(f"{_absent(names)} installed on {where} (looked in {path})") from None


def programs_here(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """What this host has of all that any kind can need: program -> full path."""
    env = os.environ if env is None else env
    found: dict[str, str] = {}
    for kind in KINDS.values():
        path = _path(env, kind.homes)
        found |= {name: place for name in kind.programs if (place := shutil.which(name, path=path))}
    return found


def missing_program(kind: Kind, programs: Mapping[str, str]) -> str:
    """What a host with these programs lacks for the kind; nothing when it can run it."""
    if not kind.programs or any(name in programs for name in kind.programs):
        return ""
    return " / ".join(kind.programs)


def _path(env: Mapping[str, str], homes: Iterable[str]) -> str:
    folders = (f"{env[home]}/bin" for home in homes if env.get(home))
    return os.pathsep.join((*folders, env.get("PATH", os.defpath)))


@lru_cache(maxsize=256)
def _remembered(names: tuple[str, ...], path: str) -> str:
    """Raises LookupError, which is not remembered: what is missing may be installed at any time."""
    for name in names:
        if place := shutil.which(name, path=path):
            return place
    raise LookupError(names)


def _absent(names: tuple[str, ...]) -> str:
    """
    >>> _absent(("hive",)), _absent(("trino", "presto"))
    ('hive is not', 'neither trino nor presto is')
    """
    return f"neither {' nor '.join(names)} is" if len(names) > 1 else f"{names[0]} is not"
