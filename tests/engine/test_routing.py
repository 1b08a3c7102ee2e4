"""Where a node runs. Each line reads like a rule of EMR: the hosts, what is asked, and who may run it."""

from __future__ import annotations

import pytest

from apps.engine.routing import (
    GATEWAY,
    LOCAL,
    MASTER,
    WORKER,
    YARN,
    HostRole,
    Refusal,
    Route,
    modes_of,
    route,
)

M1, G1 = HostRole("m1", MASTER), HostRole("g1", GATEWAY)
W1, W2 = HostRole("w1", WORKER), HostRole("w2", WORKER)
EMR = (M1, G1, W1, W2)

CASES: list[tuple[str, tuple[HostRole, ...], str, str, tuple[str, ...], Route]] = [
    ("YARN runs on worker hosts", EMR, YARN, "", (), Route(("w1", "w2"), None, ("w1", "w2"))),
    ("LOCAL runs on master or gateway", EMR, LOCAL, "", (), Route(("m1", "g1"), None, ("m1", "g1"))),
    ("a named gateway runs it alone", EMR, LOCAL, "g1", (), Route(("g1",))),
    ("the client process of YARN runs on the master that is named", EMR, YARN, "m1", (), Route(("m1",))),
    ("a worker may be named for YARN", EMR, YARN, "w2", (), Route(("w2",))),
    (
        "only a master or gateway may be named for LOCAL",
        *(EMR, LOCAL, "w1", ()),
        Route((), Refusal.HOST_OF_OTHER_MODE, ("m1", "g1")),
    ),
    (
        "a host that the cluster does not have is waited for",
        *(EMR, LOCAL, "m9", ()),
        Route((), Refusal.HOST_GONE, ("m1", "g1")),
    ),
    (
        "the project's hosts bound where it goes",
        EMR,
        YARN,
        "",
        ("w2", "m1"),
        Route(("w2",), None, ("w1", "w2")),
    ),
    (
        "a host that the project may not use is refused",
        *(EMR, LOCAL, "m1", ("g1",)),
        Route((), Refusal.HOST_BARRED, ("g1",)),
    ),
    (
        "none of the project's hosts runs the mode",
        *(EMR, YARN, "", ("m1",)),
        Route((), Refusal.ALL_BARRED, ("w1", "w2")),
    ),
    ("a cluster without hosts runs nothing", (), LOCAL, "", (), Route((), Refusal.NO_HOST)),
    ("the only host plays every role", (M1,), YARN, "", (), Route(("m1",))),
    ("the only host is a worker and plays the master", (W1,), LOCAL, "", (), Route(("w1",))),
    ("the only host answers to every name", (M1,), LOCAL, "emr-header-1", (), Route(("m1",))),
    ("and is meant by every list of hosts", (M1,), LOCAL, "", ("emr-header-1",), Route(("m1",))),
    ("without a worker every host plays it", (M1, G1), YARN, "", (), Route(("m1", "g1"), None, ("m1", "g1"))),
    ("without a master every worker plays it", (W1, W2), LOCAL, "w2", (), Route(("w2",))),
]


@pytest.mark.parametrize(
    ("name", "hosts", "mode", "named", "allowed", "expected"), CASES, ids=[c[0] for c in CASES]
)
def test_who_may_run_it(
    name: str, hosts: tuple[HostRole, ...], mode: str, named: str, allowed: tuple[str, ...], expected: Route
) -> None:
    assert route(mode, named, hosts, allowed) == expected


def test_each_mode_is_run_by_some_host_whatever_roles_there_are() -> None:
    for roles in (
        {MASTER},
        {WORKER},
        {GATEWAY},
        {MASTER, WORKER},
        {WORKER, GATEWAY},
        {MASTER, GATEWAY, WORKER},
    ):
        assert {mode for role in roles for mode in modes_of(role, roles)} == {LOCAL, YARN}
