"""Drivers that a Spark standalone master started on one of its workers (`--deploy-mode cluster`).

It is asked through its REST interface for submissions (port 6066): that of its pages wants
the token of a page. It knows no tags, so its drivers are found by the ids that
`spark-submit` printed; an application ends with its driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote

from apps.engine.outside import Finish, OutsideJob
from apps.jobs.outside.contract import Driver

_OVER = {
    "FINISHED": Finish.SUCCEEDED,
    "KILLED": Finish.KILLED,
    "FAILED": Finish.FAILED,
    "ERROR": Finish.FAILED,
}


class SparkMaster(Driver):
    system = "spark"

    def find(self, tags: Sequence[str], ids: Sequence[str]) -> list[OutsideJob]:
        return [job for id in sorted(set(ids)) if (job := self._status(id))]

    def end(self, job: OutsideJob) -> None:
        answer = self.call("POST", f"/v1/submissions/kill/{quote(job.id, safe='')}")
        self.require(answer, HTTPStatus.OK)

    def _status(self, id: str) -> OutsideJob | None:
        found = self.read(f"/v1/submissions/status/{quote(id, safe='')}") or {}
        if not found.get("success"):
            return None  # the master was started anew, or forgot what ended long ago
        state = str(found.get("driverState", ""))
        note = str(found.get("message") or "").strip()
        return OutsideJob(self.system, id, state, _OVER.get(state), note=note)
