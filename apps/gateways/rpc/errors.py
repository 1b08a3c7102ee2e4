"""The errors that every product of the RPC style shares: code, HTTP status, sentence."""

from __future__ import annotations


class RpcError(Exception):
    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message


def missing_parameter(name: str) -> RpcError:
    return RpcError(
        "MissingParameter",
        400,
        f'The input parameter "{name}" that is mandatory for processing this request is not supplied.',
    )


def invalid_parameter(name: str, why: str) -> RpcError:
    message = f'The input parameter "{name}" is not valid: {why.rstrip(".")}.'
    return RpcError("InvalidParameter", 400, message)


def unsupported_parameter(name: str, why: str) -> RpcError:
    return RpcError(
        "UnsupportedParameter", 400, f'The input parameter "{name}" is not supported: {why.rstrip(".")}.'
    )


def unknown_action() -> RpcError:
    return RpcError(
        "InvalidAction.NotFound", 404, "Specified api is not found, please check your url and method."
    )


def unknown_version(version: str) -> RpcError:
    return RpcError("InvalidVersion", 400, f'Specified parameter Version "{version}" is not valid.')


def unsupported_method(method: str) -> RpcError:
    return RpcError("UnsupportedHTTPMethod", 403, f"This http method is not supported: {method}.")


def unknown_key() -> RpcError:
    return RpcError("InvalidAccessKeyId.NotFound", 404, "Specified access key is not found.")


def throttled() -> RpcError:
    return RpcError("Throttling.User", 400, "Request was denied due to user flow control.")


def disabled_key() -> RpcError:
    return RpcError("InvalidAccessKeyId.Inactive", 403, "Specified access key is disabled.")


def incomplete_signature(why: str) -> RpcError:
    return RpcError(
        "IncompleteSignature", 400, f"The request signature does not conform to the standard: {why}"
    )


def wrong_signature(string_to_sign: str) -> RpcError:
    # Clients cut the message at its first colon and compare the rest with their own string.
    text = "Specified signature is not matched with our calculation. server string to sign is:"
    return RpcError("SignatureDoesNotMatch", 400, text + string_to_sign)


def used_nonce() -> RpcError:
    return RpcError("SignatureNonceUsed", 400, "Specified signature nonce was used already.")


def expired_timestamp(name: str) -> RpcError:
    return RpcError(
        "InvalidTimeStamp.Expired",
        400,
        f"Specified time stamp or date value is expired: {name} may be 15 minutes off.",
    )


def malformed_timestamp(name: str) -> RpcError:
    return RpcError(
        "InvalidTimeStamp.Format", 400, f"Specified time stamp or date value is not well formatted: {name}."
    )


def unsupported_token() -> RpcError:
    return RpcError(
        "InvalidSecurityToken.NotSupported",
        400,
        "Temporary credentials (STS) are not supported by this server.",
    )


def too_large(limit: int) -> RpcError:
    return RpcError("RequestEntityTooLarge", 413, f"The request body is larger than {limit} bytes.")


def internal_error() -> RpcError:
    return RpcError(
        "InternalError",
        500,
        "The request processing has failed due to some unknown error, exception or failure.",
    )


def too_many_parameters() -> RpcError:
    return RpcError("InvalidParameter", 400, "The request has too many parameters.")


def malformed_request() -> RpcError:
    return RpcError("InvalidRequest", 400, "The request is malformed, or its Host is not served here.")
