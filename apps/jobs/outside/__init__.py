"""Jobs that run on clusters, not on the host that started them: found by tag or id, followed, ended.

One *driver* a system (YARN, Spark standalone, Kubernetes) speaks its REST interface. Where
they are is a setting of the cluster (`endpoints`); every call passes the guard of
`lib.outbound`. What has to be done is decided in `engine.outside`.
"""

from __future__ import annotations

from collections.abc import Mapping

from apps.jobs.outside.contract import Container, Driver, Unreachable
from apps.jobs.outside.kubernetes import Kubernetes
from apps.jobs.outside.spark import SparkMaster
from apps.jobs.outside.yarn import Yarn

__all__ = ("SYSTEMS", "Container", "Driver", "Unreachable", "drivers_of")

SYSTEMS: dict[str, type[Driver]] = {driver.system: driver for driver in (Yarn, SparkMaster, Kubernetes)}


def drivers_of(endpoints: Mapping[str, str], token: str = "") -> list[Driver]:
    """What can be asked on a cluster with these endpoints. Whatever names no address is left out."""
    return [driver(endpoints, token) for system, driver in SYSTEMS.items() if endpoints.get(system)]
