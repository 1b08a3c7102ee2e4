"""The next fires of a flow by API, as saved and as they would be."""

from __future__ import annotations

from apps.flows.actions import set_schedule
from apps.flows.models import Flow
from tests.gateways.rest.conftest import Caller


def test_the_next_fires_say_what_becomes_of_each(olga: Caller, flow: Flow) -> None:
    set_schedule(flow, cron="0 0 3 * * ?", time_zone="UTC", enabled=True)
    told = olga.get(f"flows/{flow.ref}/fires/?count=3").json()
    assert (told["time_zone"], len(told["fires"])) == ("UTC", 3)
    assert {fire["outcome"] for fire in told["fires"]} == {"fires"}
    assert told["fires"][0]["at"].endswith("T03:00:00Z")


def test_a_proposed_schedule_is_told_of_without_being_saved(olga: Caller, flow: Flow) -> None:
    asked = "cron=0 0 3 * * ?&time_zone=Asia/Seoul&end_at=2001-01-01T00:00:00Z"
    told = olga.get(f"flows/{flow.ref}/fires/?{asked}").json()
    assert [(fire["outcome"], fire["because"]) for fire in told["fires"]] == [("skipped", "outside")]
    assert told["fires"][0]["says"]
    assert olga.get(f"flows/{flow.ref}/").json()["schedule"] is None


def test_a_schedule_that_is_off_says_so(olga: Caller, flow: Flow) -> None:
    set_schedule(flow, cron="0 0 3 * * ?", time_zone="UTC", enabled=False)
    told = olga.get(f"flows/{flow.ref}/fires/?count=1").json()
    assert told["fires"][0]["because"] == "off"
    told = olga.get(f"flows/{flow.ref}/fires/?count=1&enabled=true").json()
    assert told["fires"][0]["because"] is None


def test_what_cannot_be_read_is_refused_by_name(olga: Caller, flow: Flow) -> None:
    for asked, field in (("cron=every day", "cron"), ("count=0", "count"), ("kron=x", "kron")):
        answer = olga.get(f"flows/{flow.ref}/fires/?{asked}")
        assert answer.status_code == 400, asked
        assert field in answer.content.decode()
    assert olga.get(f"flows/{flow.ref}/fires/?cron=0 0 3 * * ?&time_zone=Mars/Olympus").status_code == 400


def test_a_stranger_does_not_learn_of_it(stranger: Caller, flow: Flow) -> None:
    assert stranger.get(f"flows/{flow.ref}/fires/").status_code == 404
