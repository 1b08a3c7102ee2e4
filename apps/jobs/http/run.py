"""Make the call of an HTTP job: `python -m apps.jobs.http.run SPEC.json`.

{"method": "POST", "url": "https://…", "headers": {…}, "body": "…", "statuses": [[200, 299]],
 "timeout": 30, "keep": "/items", "allow": ["10.0.0.0/8"], "result": "/…/part-00000.csv.gz"}
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.jobs.graphs.results import Found, write_results
from apps.jobs.keep_rows import MOST_ROWS
from apps.lib.outbound import Answer, OutboundError, fetch

#: Bytes of an answer that are read, and of those that the log shows.
MOST_BYTES, SHOWN_BYTES = 16 * 1024 * 1024, 64 * 1024


class Failed(Exception):
    """What went wrong, in words for the log."""


def main(spec_path: str) -> int:
    spec = json.loads(Path(spec_path).read_text())
    settings.configure(HEADRACE_OUTBOUND_ALLOW=spec["allow"])
    try:
        answer = call(spec)
        found = table(pointed(answer, spec["keep"])) if spec["keep"] else None
    except (Failed, OutboundError) as error:
        print(error, file=sys.stderr)
        return 1
    if found:
        write_results(Path(spec["result"]), [found])
    return 0


def call(spec: Mapping[str, Any]) -> Answer:
    """The answer, which has one of the statuses that were expected. Raises Failed, OutboundError."""
    print(f"{spec['method']} {spec['url'].partition('?')[0]}", flush=True)
    began = time.monotonic()
    answer = fetch(
        spec["method"],
        spec["url"],
        content=spec["body"].encode(),
        headers=spec["headers"],
        timeout=spec["timeout"],
        limit=MOST_BYTES,
    )
    print(f"{answer.status} in {time.monotonic() - began:.3f} s, {len(answer.body)} bytes")
    if answer.body:
        print(answer.body[:SHOWN_BYTES].decode("utf-8", "replace"))
    if len(answer.body) > SHOWN_BYTES:
        print(f"… and {len(answer.body) - SHOWN_BYTES} bytes more")
    if not any(low <= answer.status <= high for low, high in spec["statuses"]):
        expected = ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in spec["statuses"])
        where = answer.headers.get("location", "")
        raise Failed(
            f"status {answer.status} is not one of {expected}" + (f" (it points to {where})" if where else "")
        )
    return answer


def pointed(answer: Answer, pointer: str) -> Any:
    """The part of a JSON answer that a JSON pointer (RFC 6901) names; `/` alone is all of it."""
    try:
        found = json.loads(answer.body)
    except ValueError as error:
        raise Failed(f"the answer is not JSON, so nothing of it can be kept: {error}") from None
    for step in pointer.split("/")[1:] if pointer != "/" else ():
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            raise Failed(f"the answer has nothing at {pointer}: there is no {name!r}")
    return found


def table(value: Any) -> Found:
    """A list of objects is a row each, an object a row; anything else stands in one column.

    >>> table([{"a": 1}, {"a": 2, "b": [3]}])
    (['a', 'b'], [['1', ''], ['2', '[3]']])
    >>> table("x")
    (['value'], [['x']])
    """
    rows: Sequence[Any] = (value if isinstance(value, list) else [value])[:MOST_ROWS]
    if rows and all(isinstance(row, dict) for row in rows):
        columns = list(dict.fromkeys(name for row in rows for name in row))
        return columns, [[_text(row.get(name)) for name in columns] for row in rows]
    return ["value"], [[_text(row)] for row in rows]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
