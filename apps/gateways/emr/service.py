"""EMR as the root door knows it."""

from __future__ import annotations

from apps.gateways.emr.errors import refuse
from apps.gateways.emr.operations import OPERATIONS
from apps.gateways.rpc.frame import Service

SERVICE = Service("Emr", "2016-04-08", OPERATIONS, refuse)
