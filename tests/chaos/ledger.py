"""What the jobs themselves write down: a line each time one of their commands starts.

A job appends "run node attempt" to one file, in one write, and then sleeps and ends as its
behaviour says. How an attempt has to end follows from its number alone, so that afterwards
everything that the database claims can be checked against what really happened.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: A line: run, node, attempt.
Line = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a job does: sleep, then fail in its first attempts and succeed in those after."""

    name: str
    seconds: float = 0.0
    failures: int = 0
    max_retry: int = 20
    retry_interval: int = 0
    fail_act: str = "STOP"
    loss_policy: str = "at_least_once"
    #: It takes no notice of being asked to end.
    is_stubborn: bool = False
    #: Bytes that it prints.
    prints: int = 0

    def exit_code(self, attempt: int) -> int:
        return 3 if attempt <= self.failures else 0

    def script(self, ledger: Path) -> str:
        lines = ["trap '' TERM"] if self.is_stubborn else []
        lines.append(f"printf '%s %s %s\\n' $HEADRACE_RUN $HEADRACE_NODE $HEADRACE_ATTEMPT >> {ledger}")
        if self.prints:
            lines.append(f"head -c {self.prints} /dev/zero | tr '\\0' x")
        if self.seconds:
            lines.append(f"sleep {self.seconds}")
        lines.append(f'[ "$HEADRACE_ATTEMPT" -gt {self.failures} ] || exit 3')
        return "\n".join(lines)

    def fields(self, ledger: Path) -> dict[str, Any]:
        """The fields of a job that behaves like this."""
        return {
            "content": self.script(ledger),
            "max_retry": self.max_retry,
            "retry_interval": self.retry_interval,
            "fail_act": self.fail_act,
            "loss_policy": self.loss_policy,
        }


NEVER = 1_000_000
BEHAVIOURS = {
    behaviour.name: behaviour
    for behaviour in (
        Behaviour("quick"),
        Behaviour("short", seconds=0.3),
        Behaviour("slow", seconds=1.5),
        Behaviour("long", seconds=6),
        Behaviour("flaky", failures=1, retry_interval=1),
        Behaviour("flakier", failures=2, seconds=0.2),
        Behaviour("passed-over", failures=NEVER, max_retry=1, fail_act="CONTINUE"),
        Behaviour("blocking", failures=NEVER, max_retry=0, fail_act="BLOCK"),
        Behaviour("fatal", failures=NEVER, max_retry=1, retry_interval=1),
        Behaviour("never-twice", seconds=0.5, max_retry=0, loss_policy="at_most_once"),
        Behaviour("stubborn", seconds=3, is_stubborn=True),
        Behaviour("chatty", seconds=0.1, prints=100_000, retry_interval=1),
    )
}


def read(path: Path) -> Counter[Line]:
    """How often each line was written."""
    lines: Counter[Line] = Counter()
    for line in path.read_text().splitlines() if path.exists() else ():
        run, node, attempt = line.split()
        lines[run, node, int(attempt)] += 1
    return lines
