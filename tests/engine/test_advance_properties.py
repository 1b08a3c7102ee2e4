"""Random graphs, random outcomes, random orders of what happens: what must hold in all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.engine.control import Approval, Branch, Join, SubFlow, Wait, Way
from apps.engine.plan import (
    Act,
    Answered,
    Due,
    GivenBack,
    Reported,
    ResumeAsked,
    Spec,
    StopAsked,
    SuspendAsked,
    Tended,
    Woken,
)
from apps.engine.retry import RetryPolicy
from apps.engine.rules import OnFailure, Parents, TriggerRule, verdict
from apps.engine.selection import Reach, bypasses, chosen
from apps.engine.states import ACTIVE, CLAIMED, ENDED, State
from tests.engine.simulate import NOW, Simulation

#: A node that was claimed so often is not given back any more, or a run might never end.
GIVEN_BACK_UNTIL = 4

MAX_NODES = 12

#: What a node may wait for instead of a host; a wait of no time is over at once.
HELD = (Wait(60), Wait(0), Approval(), Approval(timeout=5), Approval(timeout=5, lapse="skip"), SubFlow("F"))


#: What a node may decide. Some of it cannot be: such a node fails.
DECIDING = (
    Branch((Way("a", "x"), Way("b"))),
    Branch((Way("a", "x"), Way("b", "y")), every=True),
    Branch((Way("a", "unknown"),), after_all=True),
    Join(),
    Join(when="x or y"),
)


@st.composite
def ways_of(draw: st.DrawFn, children: list[int]) -> dict[str, list[int]]:
    """Each child on one of two ways, or on none."""
    named = {child: draw(st.sampled_from(["a", "b", ""])) for child in children}
    return {way: [child for child in children if named[child] == way] for way in ("a", "b")}


@st.composite
def graphs(draw: st.DrawFn) -> list[Spec]:
    count = draw(st.integers(1, MAX_NODES))
    children: list[list[int]] = [[] for _ in range(count)]
    parents = [0] * count
    for source in range(count):
        for target in range(source + 1, count):
            if draw(st.integers(0, 3)) == 0:
                children[source].append(target)
                parents[target] += 1
    deciding = [draw(st.sampled_from(DECIDING)) if draw(st.integers(0, 2)) == 0 else None for _ in children]
    return [
        Spec(
            deciding=deciding[ordinal],
            ways=draw(ways_of(children[ordinal])) if isinstance(deciding[ordinal], Branch) else {},
            needed=draw(st.integers(1, 3)),
            children=children[ordinal],
            parents=parents[ordinal],
            rule=draw(st.sampled_from(TriggerRule)),
            on_failure=draw(st.sampled_from(OnFailure)),
            retry=RetryPolicy(draw(st.integers(0, 2)), timedelta(seconds=draw(st.sampled_from([0, 5])))),
            instant=draw(st.booleans()) and draw(st.booleans()),
            held=draw(st.sampled_from(HELD)) if draw(st.integers(0, 3)) == 0 else None,
        )
        for ordinal in range(count)
    ]


def check_counters(sim: Simulation) -> None:
    """What is counted along the way is what a recount finds."""
    nodes = sim.nodes.values()
    assert sim.run.active == sum(node.state in ACTIVE for node in nodes)
    assert sim.run.ended == sum(node.state in ENDED for node in nodes)
    for ordinal, spec in enumerate(sim.graph):
        ended = [o for o, s in enumerate(sim.graph) if ordinal in s.children and sim.state(o) in ENDED]
        node = sim.nodes[ordinal]
        assert node.unmet == spec.parents - len(ended)
        assert 0 <= node.left_out <= node.bad <= len(ended)


def left_out_by(sim: Simulation, branch: int) -> set[int]:
    """The children on ways that the branch did not take."""
    if branch not in sim.ways:
        return set()
    ways = sim.graph[branch].ways.items()
    return {child for way, children in ways if way not in sim.ways[branch] for child in children}


def check_start(sim: Simulation, ordinal: int) -> None:
    """A node that starts is one whose parents allow it."""
    spec = sim.graph[ordinal]
    above = [o for o, s in enumerate(sim.graph) if ordinal in s.children]
    passed = [
        o
        for o in above
        if (sim.state(o) is State.SUCCEEDED and ordinal not in left_out_by(sim, o))
        or o in sim.passed_by
        or (sim.state(o) is State.FAILED and sim.graph[o].on_failure is OnFailure.PASS)
    ]
    ended = [o for o in above if sim.state(o) in ENDED]
    parents = Parents(
        len(above),
        len(above) - len(ended),
        len(ended) - len(passed),
        sim.nodes[ordinal].left_out,
        spec.needed,
    )
    assert verdict(spec.rule, parents) == "go"


def one_act(sim: Simulation, data: st.DataObject) -> None:
    """Somebody wants something of some node, whatever state it is in; asked twice it is done once."""
    ordinal = data.draw(st.sampled_from(sorted(sim.nodes)))
    act = data.draw(st.sampled_from(Act))
    before = sim.state(ordinal)
    sim.ask(ordinal, act)
    # A node that ran to its end, or that runs on a host and is not killed, is nobody's to change.
    if before in ENDED or (before in CLAIMED and act is not Act.KILL and not sim.graph[ordinal].held):
        assert sim.state(ordinal) is before
    assert not sim.ask(ordinal, act)


def one_move(sim: Simulation, data: st.DataObject, stale: list[Reported]) -> None:
    """Something that may happen now, chosen at random: also what comes late or twice."""
    held = [o for o in sim.claimed if sim.graph[o].held]
    on_hosts = [o for o in sim.claimed if not sim.graph[o].held]
    moves = [("claim", o) for o in sim.in_state(State.READY) if not sim.graph[o].held]
    moves += [("report", o) for o in on_hosts]
    moves += [("give back", o) for o in on_hosts if sim.nodes[o].token < GIVEN_BACK_UNTIL]
    moves += [(news, o) for o in held for news in ("due", "answer", "tended")]
    moves += [("resume", 0)] if sim.run.state is State.SUSPENDED else [("suspend", 0)]
    moves += [("wake", o) for o in sim.in_state(State.RETRYING)]
    moves += [("late", index) for index in range(len(stale))]
    what, which = data.draw(st.sampled_from(moves))
    if what == "claim":
        check_start(sim, which)
        sim.claim(which)
    elif what == "report":
        code = data.draw(st.sampled_from([0, 0, 0, 1, None]))
        report = Reported(which, sim.nodes[which].token, code, NOW, lost=code is None)
        sim.tell(report)
        stale.append(report)
    elif what in ("due", "answer", "tended"):
        token = sim.nodes[which].token
        well, killed = data.draw(st.booleans()), data.draw(st.booleans())
        news: Due | Answered | Tended = Due(which, token)
        if what == "answer":
            news = Answered(which, token, well, "ann says so", killed=killed, retryable=True)
        elif what == "tended":
            news = Tended(which, token, "R")
        assert not sim.tell(replace(news, token=token - 1))
        sim.tell(news)
        assert not sim.tell(news)
    elif what in ("suspend", "resume"):
        sim.tell(SuspendAsked() if what == "suspend" else ResumeAsked())
        assert not [o for o in sim.in_state(State.READY) if sim.graph[o].held and what == "resume"]
    elif what == "give back":
        sim.tell(GivenBack(which, sim.nodes[which].token))
    elif what == "wake":
        sim.tell(Woken(which))
    else:
        assert not sim.tell(stale[which])


@settings(max_examples=300, deadline=None)
@given(graphs(), st.data())
def test_every_run_ends_and_its_counters_are_right_all_along(graph: list[Spec], data: st.DataObject) -> None:
    sim = Simulation(graph)
    sim.given = {"x": data.draw(st.booleans()), "y": data.draw(st.booleans())}
    sim.begin()
    stale: list[Reported] = []
    stop_after = data.draw(st.integers(0, 60))
    moves = 0
    while sim.run.state not in ENDED:
        if moves == stop_after:
            sim.tell(StopAsked())
        elif moves % 3 == 2:
            one_act(sim, data)
        else:
            one_move(sim, data, stale)
        check_counters(sim)
        moves += 1
        # Tries are bounded, and what is late is told apart: only so many moves can matter.
        assert moves < 2000
    assert not sim.in_state(*ACTIVE)
    assert not sim.tell(StopAsked())
    for report in stale:
        assert not sim.tell(report)


@settings(max_examples=80, deadline=None)
@given(graphs(), st.data())
def test_a_run_of_some_nodes_runs_these_alone_and_ends(graph: list[Spec], data: st.DataObject) -> None:
    ordinals = st.integers(0, len(graph) - 1)
    named = data.draw(st.sets(ordinals, min_size=1))
    wanted = chosen([spec.children for spec in graph], named, data.draw(st.sampled_from(Reach)))
    disabled = data.draw(st.sets(ordinals, max_size=2))
    sim = Simulation(graph, bypasses(len(graph), wanted, disabled))
    sim.given = {"x": data.draw(st.booleans()), "y": data.draw(st.booleans())}
    sim.begin()
    for _ in range(2):
        work_off(sim, data)
        check_counters(sim)
        # It stays a run of these nodes when it is run again.
        assert not [o for o, node in sim.nodes.items() if node.attempt and (o not in wanted or o in disabled)]
        sim.rerun(failed_only=data.draw(st.booleans()))


@settings(max_examples=80, deadline=None)
@given(graphs(), st.data())
def test_a_run_goes_on_from_nodes_that_are_marked_as_done(graph: list[Spec], data: st.DataObject) -> None:
    sim = Simulation(graph)
    sim.given = {"x": data.draw(st.booleans()), "y": data.draw(st.booleans())}
    sim.begin()
    work_off(sim, data)
    undone = [o for o in sim.nodes if sim.state(o) is not State.SUCCEEDED]
    if not undone:
        return
    marked = data.draw(st.sets(st.sampled_from(undone), min_size=1))
    tries = {o: node.attempt for o, node in sim.nodes.items()}
    ran = {o for o in sim.nodes if sim.state(o) not in (State.WAITING, State.SKIPPED)}
    sim.rerun(marked=marked)
    work_off(sim, data)
    check_counters(sim)
    assert all(sim.state(o) is State.SUCCEEDED for o in marked)
    assert all(sim.nodes[o].attempt == tries[o] for o in ran | marked)


@settings(max_examples=150, deadline=None)
@given(graphs(), st.data())
def test_what_a_branch_leaves_out_is_no_failure(graph: list[Spec], data: st.DataObject) -> None:
    """Where nothing fails, whatever the branches leave out, the run succeeds; and so it does again."""
    rules = (TriggerRule.ALL_SUCCEEDED, TriggerRule.NONE_FAILED, TriggerRule.ALL_ENDED)
    sim = Simulation([replace(each, rule=data.draw(st.sampled_from(rules)), held=None) for each in graph])
    sim.given = {"x": data.draw(st.booleans()), "y": True, "unknown": data.draw(st.booleans())}
    sim.begin()
    for _ in range(2):
        sim.work_off()
        assert sim.run.state is State.SUCCEEDED
        for ordinal, node in sim.nodes.items():
            above = [o for o, spec in enumerate(graph) if ordinal in spec.children]
            out = [o for o in above if sim.state(o) is State.SKIPPED or ordinal in left_out_by(sim, o)]
            assert (node.bad, node.left_out) == (len(out), len(out))
            if out and sim.graph[ordinal].rule is TriggerRule.ALL_SUCCEEDED:
                assert node.state is State.SKIPPED
        sim.rerun()


def work_off(sim: Simulation, data: st.DataObject) -> None:
    """Whatever is to be done, with results that are drawn, until the run is over."""
    stale: list[Reported] = []
    while sim.run.state not in ENDED:
        one_move(sim, data, stale)
        stale.clear()


@settings(max_examples=200, deadline=None)
@given(graphs(), st.data())
def test_news_may_be_folded_or_told_one_by_one(graph: list[Spec], data: st.DataObject) -> None:
    """Several results in one step lead to the same nodes as one step for each."""
    one, many = Simulation(graph), Simulation(graph)
    one.begin()
    many.begin()
    for _ in range(4 * MAX_NODES):
        for ordinal in one.in_state(State.READY):
            one.claim(ordinal)
            many.claim(ordinal)
        codes = {ordinal: data.draw(st.sampled_from([0, 0, 1])) for ordinal in one.claimed}
        reports = [Reported(o, one.nodes[o].token, code, NOW) for o, code in codes.items()]
        for report in reports:
            one.tell(report)
        many.tell(*reports)
        for ordinal in one.in_state(State.RETRYING):
            one.tell(Woken(ordinal))
            many.tell(Woken(ordinal))
        assert [n.state for n in one.nodes.values()] == [n.state for n in many.nodes.values()]
        if one.run.state in ENDED:
            break
    assert one.run == many.run


def test_the_cost_of_an_event_does_not_grow_with_the_graph() -> None:
    def loaded_for_one_event(length: int) -> int:
        chain = [(ordinal, ordinal + 1) for ordinal in range(length - 1)]
        children: list[list[int]] = [[target for source, target in chain[o : o + 1]] for o in range(length)]
        sim = Simulation([Spec(children=children[o], parents=int(o > 0)) for o in range(length)])
        sim.begin()
        sim.claim(0)
        before = sim.loaded
        sim.report(0)
        return sim.loaded - before

    assert loaded_for_one_event(10) == loaded_for_one_event(10_000)
