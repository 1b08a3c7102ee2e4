from __future__ import annotations

from typing import Any

from apps.flows.models import Backfill, Flow
from tests.gateways.rest.conftest import Caller

ASKED = {"first_at": "2026-03-01T00:00:00Z", "last_at": "2026-03-03T00:00:00Z", "parallel": 2}


def test_a_backfill_is_planned_made_looked_at_and_stopped(olga: Caller, flow: Flow) -> None:
    plan = olga.post(f"flows/{flow.ref}/backfills/plan/", ASKED)
    assert (plan.status_code, len(plan.json()["times"])) == (200, 3)
    assert not Backfill.objects.exists()
    made = olga.post(f"flows/{flow.ref}/backfills/", ASKED)
    assert made.status_code == 201
    address = f"backfills/{made.json()['id']}/"
    assert [each["state"] for each in olga.get(address).json()["times"]] == ["waiting"] * 3
    assert olga.post(f"{address}stop/").status_code == 202
    assert olga.post(f"{address}stop/").status_code == 409
    wrong = olga.post(f"flows/{flow.ref}/backfills/", ASKED | {"last_at": "2026-02-03T00:00:00Z"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "last_at")


def test_viewers_start_and_stop_none(stan: Caller, olga: Caller, member: Any, flow: Flow) -> None:
    address = f"backfills/{olga.post(f'flows/{flow.ref}/backfills/', ASKED).json()['id']}/"
    viewer = member("viewer")
    assert viewer.get(address).status_code == 200
    assert viewer.post(f"{address}stop/").status_code == 403
    assert stan.get(address).status_code == 404
    assert viewer.post(f"flows/{flow.ref}/backfills/", ASKED).status_code == 403
