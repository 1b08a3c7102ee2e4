from __future__ import annotations


class JobError(Exception):
    """The job cannot be started. `retryable` says whether another try may help."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
