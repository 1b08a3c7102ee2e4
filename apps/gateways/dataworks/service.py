"""DataWorks as the root door knows it."""

from __future__ import annotations

from apps.gateways.dataworks.errors import refuse
from apps.gateways.dataworks.operations import OPERATIONS
from apps.gateways.rpc.frame import Service

SERVICE = Service("DataWorks", "2024-05-18", OPERATIONS, refuse)
