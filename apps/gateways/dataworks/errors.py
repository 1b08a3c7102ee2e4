"""The domain's errors in DataWorks' words: code and HTTP status."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from apps.gateways.dataworks.flowspec import SpecError
from apps.gateways.rpc.errors import RpcError, invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.lib.errors import Busy, Conflict, Denied, DomainError, Invalid, NotFound, Unsupported

#: Kinds of error other than a wrong parameter -> code and status.
CODES: tuple[tuple[type[DomainError], str, int], ...] = (
    (NotFound, "ResourceNotFound", 404),
    (Denied, "Forbidden.Access", 403),
    (Conflict, "ResourceConflict", 409),
    (Unsupported, "UnsupportedOperation", 400),
    (Busy, "Throttling.Resource", 429),
)
#: What is wrong with something that came in a document.
OF_DOCUMENTS = frozenset(
    {
        "name",
        "description",
        "path",
        "cron",
        "start_at",
        "end_at",
        "time_zone",
        "content",
        "kind",
        "graph",
        "Graph",
    }
    | {
        "folder",
        "params_text",
        "max_retry",
        "retry_interval",
        "max_running_seconds",
        "dependencies",
        "outputs",
    }
)


def refuse(error: DomainError) -> RpcError:
    if isinstance(error, Invalid):
        if not error.field:
            return RpcError("InvalidParameter", 400, error.message)
        return invalid_parameter("Spec" if error.field in OF_DOCUMENTS else error.field, error.message)
    for kind, code, status in CODES:
        if isinstance(error, kind):
            return RpcError(code, status, error.message)
    return RpcError("InvalidParameter", 400, error.message)


def missing(name: str) -> RpcError:
    return RpcError(f"Missing{name}", 400, f"{name} is mandatory for this action.")


def with_documents(operation: Callable[[Asked], dict[str, Any]]) -> Operation:
    """The operation, answering a document that cannot be taken with its own code and place."""

    @wraps(operation)
    def guarded(asked: Asked) -> dict[str, Any]:
        try:
            return operation(asked)
        except SpecError as error:
            raise refuse_document(error) from error

    return guarded


def refuse_document(error: SpecError) -> RpcError:
    return RpcError(error.code, 400, f"{error.message} ({error.path})")
