"""Which hosts may run a node: by its mode, the host it names, and what its project may use.

- Mode YARN is run by worker hosts, mode LOCAL by master and gateway hosts.
- A role that no host of a cluster has is played by all of its hosts, so that nothing waits
  for a machine that an installation does not have. A host that is silent still has its role.
- A named host runs the node, and no other does; but mode LOCAL never runs on a worker host.
- The only host of a cluster answers to every name: drawings come from other clusters.
- A project that may use some hosts only has its nodes run by no other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

LOCAL, YARN = "LOCAL", "YARN"
MODES = (LOCAL, YARN)
MASTER, WORKER, GATEWAY = "MASTER", "CORE", "GATEWAY"
#: The roles whose hosts run a mode.
ROLES_OF = {LOCAL: frozenset({MASTER, GATEWAY}), YARN: frozenset({WORKER})}


class Refusal(StrEnum):
    NO_HOST = "no_host"
    HOST_GONE = "host_gone"
    HOST_BARRED = "host_barred"
    HOST_OF_OTHER_MODE = "host_of_other_mode"
    ALL_BARRED = "all_barred"


@dataclass(frozen=True, slots=True)
class HostRole:
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Route:
    """The names of the hosts that may run a node; when there are none, why, and which it could name."""

    hosts: tuple[str, ...]
    refusal: Refusal | None = None
    could: tuple[str, ...] = ()


def modes_of(role: str, roles: Collection[str]) -> tuple[str, ...]:
    """What a host of that role runs in a cluster whose hosts have these roles.

    >>> modes_of("MASTER", {"MASTER", "CORE"}), modes_of("MASTER", {"MASTER"})
    (('LOCAL',), ('LOCAL', 'YARN'))
    """
    return tuple(mode for mode in MODES if role in ROLES_OF[mode] or not ROLES_OF[mode] & set(roles))


def may_use(host: str, hosts: Collection[str], allowed: Sequence[str]) -> bool:
    """Whether a project that may use `allowed` may use that one of the `hosts` of a cluster."""
    return not allowed or host in allowed or len(hosts) == 1


def route(mode: str, named: str, hosts: Sequence[HostRole], allowed: Sequence[str] = ()) -> Route:
    """Who may run a node of that mode, on a cluster with these hosts."""
    names = [host.name for host in hosts]
    if not hosts:
        return Route((), Refusal.NO_HOST)
    if len(hosts) == 1:
        return Route(tuple(names))
    roles = {host.role for host in hosts}
    of_mode = [host.name for host in hosts if mode in modes_of(host.role, roles)]
    could = tuple(name for name in of_mode if may_use(name, names, allowed))
    if not named:
        return Route(could, None if could else Refusal.ALL_BARRED, tuple(of_mode))
    if named not in names:
        return Route((), Refusal.HOST_GONE, could)
    if not may_use(named, names, allowed):
        return Route((), Refusal.HOST_BARRED, could)
    if mode == LOCAL and named not in of_mode:
        return Route((), Refusal.HOST_OF_OTHER_MODE, could)
    return Route((named,))
