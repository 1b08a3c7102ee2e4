from __future__ import annotations

import pytest

from apps.engine.forecast import Progress, forecast, usual

#: extract (0) → north (1), south (2) → report (3)
DIAMOND = [[1, 2], [3], [3], []]


def test_the_longest_way_decides_when_a_run_that_has_not_begun_is_over():
    nodes = [Progress(usual=seconds) for seconds in (5, 10, 20, 1)]
    found = forecast(DIAMOND, nodes, now=0)
    assert (found.finish, found.path) == (26, (0, 2, 3))


def test_a_running_node_needs_only_what_is_missing_of_its_usual_time():
    nodes = [Progress(0, 5, 5), Progress(5, None, 10), Progress(5, 9, 20), Progress(usual=1)]
    found = forecast(DIAMOND, nodes, now=12)
    assert (found.finish, found.path) == (16, (0, 1, 3))


def test_a_node_that_takes_longer_than_usual_may_end_at_any_moment_but_not_in_the_past():
    found = forecast([[1], []], [Progress(0, None, 10), Progress(usual=5)], now=60)
    assert found.finish == 65


def test_the_path_of_a_run_that_is_over_goes_back_from_the_last_to_end():
    nodes = [Progress(0, 5), Progress(5, 30), Progress(5, 12), Progress(30, 31)]
    assert forecast(DIAMOND, nodes, now=500).path == (0, 1, 3)


def test_nodes_that_never_ran_before_are_counted_as_unknown():
    assert forecast([[1], []], [Progress(usual=3), Progress()], now=0).unknown == 1


def test_a_graph_without_an_order_or_without_nodes_has_no_path():
    assert forecast([[1], [0]], [Progress(usual=1)] * 2, now=7).path == ()
    assert forecast([], [], now=7).finish == 7


@pytest.mark.parametrize(("durations", "expected"), [([], None), ([4.0], 4.0), ([1.0, 2.0, 900.0], 2.0)])
def test_the_usual_duration_is_the_middle_one(durations, expected):
    assert usual(durations) == expected
