"""The algorithms against small graphs counted by hand, and against independent ways to the same result."""

from __future__ import annotations

import itertools
import random

import igraph
import pytest

from apps.jobs.graphs.algorithms import ALGORITHMS
from apps.jobs.graphs.edges import Edges, Unusable
from apps.jobs.graphs.parameters import PARAMETERS, Given


def edges_of(*pairs: str, weights: list[float] | None = None) -> Edges:
    """`edges_of("a>b", "b>c")`."""
    edges = Edges(weights=weights)
    for pair in pairs:
        source, target = pair.split(">")
        edges.pairs.append((edges.vertex(source), edges.vertex(target)))
    return edges


def run(algorithm: str, edges: Edges, **given: object):
    return ALGORITHMS[algorithm](edges, Given(algorithm, given))


def column(table) -> dict[str, str]:
    return dict(table.rows)


def random_edges(seed: int, vertices: int = 12, count: int = 30) -> Edges:
    chosen = random.Random(seed)
    pairs = [f"v{chosen.randrange(vertices)}>v{chosen.randrange(vertices)}" for _ in range(count)]
    return edges_of(*pairs)


def test_every_algorithm_has_its_parameters_and_the_other_way_round():
    assert ALGORITHMS.keys() == PARAMETERS.keys()


# --- PageRank


def test_a_vertex_to_which_nothing_leads_has_one_minus_damping():
    ranks = column(run("pagerank", edges_of("a>b")))
    assert ranks == {"a": "0.150000", "b": "0.277500"}  # 0.15 + 0.85 * 0.15


def test_in_a_circle_all_ranks_are_one():
    # All are alike, and x = 0.15 + 0.85 x.
    ranks = column(run("pagerank", edges_of("a>b", "b>c", "c>a"), iterations=200, eps="1e-12"))
    assert set(ranks.values()) == {"1.000000"}


def test_the_highest_rank_comes_first():
    table = run("pagerank", edges_of("a>c", "b>c"))
    assert [row[0] for row in table.rows] == ["c", "a", "b"]


def test_undirected_adds_the_reverse_of_each_edge():
    assert run("pagerank", edges_of("a>b"), is_directed="false").rows == [
        ("a", "1.000000"),
        ("b", "1.000000"),
    ]


def test_weights_divide_a_rank():
    table = run("pagerank", edges_of("a>b", "a>c", weights=[3, 1]), iterations=1)
    assert column(table) == {"a": "0.150000", "b": "0.787500", "c": "0.362500"}


def test_iterations_limit_the_rounds_and_eps_ends_them():
    edges = random_edges(1)
    assert run("pagerank", edges, iterations=3, eps=0).notes == {"iterations": 3}
    assert run("pagerank", edges, iterations=1000, eps="0.1").notes["iterations"] < 20


@pytest.mark.parametrize("seed", range(8))
def test_ranks_agree_with_igraphs_once_what_gets_stuck_has_a_place_to_go(seed):
    """Normalised PageRank with a sink that swallows what reaches a dead end, times the vertices."""
    edges = random_edges(seed)
    count = len(edges.names)
    leaving = {source for source, _ in edges.pairs}
    ends = [(vertex, count) for vertex in range(count) if vertex not in leaving]
    graph = igraph.Graph(n=count + 1, edges=[*edges.pairs, *ends, (count, count)], directed=True)
    expected = graph.personalized_pagerank(damping=0.85, reset=[1] * count + [0])
    ranks = column(run("pagerank", edges, iterations=500, eps="1e-12"))
    for vertex, name in enumerate(edges.names):
        assert float(ranks[name]) == pytest.approx(expected[vertex] * count, abs=1e-6)


# --- communities and parts


def test_parts_are_labelled_by_their_smallest_vertex():
    table = run("connected_component", edges_of("10>9", "9>11", "x>y"))
    assert column(table) == {"10": "9", "9": "9", "11": "9", "x": "x", "y": "x"}
    assert table.notes == {"groups": 2}


@pytest.mark.parametrize("seed", range(5))
def test_parts_agree_with_joining_sets(seed):
    edges = random_edges(seed, vertices=30, count=20)
    part = {name: {name} for name in edges.names}
    for source, target in edges.pairs:
        joined = part[edges.names[source]] | part[edges.names[target]]
        for name in joined:
            part[name] = joined
    labels = column(run("connected_component", edges))
    for one, other in itertools.combinations(edges.names, 2):
        assert (labels[one] == labels[other]) == (other in part[one])


def test_two_cliques_on_one_bridge_are_two_communities():
    clique = lambda names: [f"{a}>{b}" for a, b in itertools.combinations(names, 2)]  # noqa: E731
    table = run("louvain", edges_of(*clique("abcd"), *clique("wxyz"), "d>w"), is_calc_modularity="true")
    assert column(table) == {**dict.fromkeys("abcd", "a"), **dict.fromkeys("wxyz", "w")}
    # 13 edges: each side has 6 of them and 13 of the 26 ends.
    assert table.notes["modularity"] == pytest.approx(12 / 13 - 0.5, abs=1e-6)


def test_the_same_input_gets_the_same_communities():
    edges = random_edges(3, vertices=40, count=90)
    assert len({tuple(run("louvain", edges).rows) for _ in range(3)}) == 1


# --- paths


def test_distances_follow_directions_and_weights():
    edges = edges_of("a>b", "b>c", "a>c", "d>a", weights=[1, 1, 5, 1])
    table = run("sssp", edges, root="a")
    assert column(table) == {"a": "0.000000", "b": "1.000000", "c": "2.000000"}


def test_without_a_root_there_are_no_distances():
    with pytest.raises(Unusable, match="root has no value"):
        run("sssp", edges_of("a>b"))


def test_one_path_for_each_pair_that_has_one():
    table = run("shortest_path", edges_of("a>b", "b>c", "a>c", "c>d", "e>a"), src="a, e", dst="d,b")
    assert table.rows == [("a,c,d",), ("a,b",), ("e,a,c,d",), ("e,a,b",)]
    assert run("shortest_path", edges_of("a>b"), src="b", dst="a").rows == []


def test_a_vertex_that_is_not_in_the_graph_is_named():
    with pytest.raises(Unusable, match="vertex zoe is not in the graph"):
        run("shortest_path", edges_of("a>b"), src="zoe", dst="a")


# --- triangles


def test_triangles_are_listed_counted_by_vertex_and_counted():
    edges = edges_of("a>b", "b>c", "c>a", "c>d", "d>a", "d>d")
    assert run("triangle_count", edges).rows == [("a", "b", "c"), ("a", "c", "d")]
    assert column(run("triangle_count", edges, opt=2)) == {"a": "2", "b": "1", "c": "2", "d": "1"}
    assert run("triangle_count", edges, opt="1").rows == [("2",)]


def test_duplicate_edges_count_when_they_are_kept():
    edges = edges_of("a>b", "b>a", "b>c", "c>a")
    assert run("triangle_count", edges, opt=1).rows == [("1",)]
    assert run("triangle_count", edges, opt=1, removed_duplication_edge="false").rows == [("2",)]


@pytest.mark.parametrize("seed", range(5))
def test_triangles_agree_with_trying_all_three_corners(seed):
    edges = random_edges(seed, vertices=10, count=25)
    joined = {frozenset(pair) for pair in edges.pairs}
    corners = itertools.combinations(range(len(edges.names)), 3)
    expected = sum(
        all(frozenset(pair) in joined for pair in itertools.combinations(three, 2)) for three in corners
    )
    assert run("triangle_count", edges, opt=1).rows == [(str(expected),)]


# --- parameters


@pytest.mark.parametrize(
    "given", [{"damping": 2}, {"iterations": 0}, {"iterations": 1.5}, {"is_directed": "maybe"}, {"speed": 1}]
)
def test_parameters_that_cannot_be_are_refused(given):
    with pytest.raises(Unusable):
        run("pagerank", edges_of("a>b"), **given)
