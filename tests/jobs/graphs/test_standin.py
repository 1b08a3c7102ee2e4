"""The subset of nGQL that the stand-in states, on its own rows."""

from __future__ import annotations

import pytest

from apps.jobs.graphs.standin.expressions import NotUnderstood
from apps.jobs.graphs.standin.rows import read_spaces
from apps.jobs.graphs.standin.statements import evaluate
from tests.jobs.graphs.standin import SPACES


def rows(statement: str) -> list[list[object]]:
    return evaluate(statement, read_spaces(SPACES), "basketball")[0].rows


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('YIELD 1 AS one, "a\\"b" AS text, -2.5, [1, 2]', [[1, 'a"b', -2.5, [1, 2]]]),
        (
            'FETCH PROP ON player "player100", "nobody" YIELD properties(vertex).age AS age',
            [[42]],
        ),
        ("LOOKUP ON player WHERE player.age > 42 YIELD id(vertex) AS id", [["player144"]]),
        (
            'GO FROM "team200" OVER serve REVERSELY WHERE properties(edge).start_year < 2000 YIELD dst(edge)',
            [["player100"], ["player101"]],
        ),
        (
            'GO 2 STEPS FROM "player144" OVER follow YIELD DISTINCT dst(edge) AS id | ORDER BY $-.id DESC',
            [["player125"], ["player101"]],
        ),
        (
            'MATCH (v:player {name: "Tim Duncan"})-[:serve]->(t)<-[:serve]-(w:player) '
            "RETURN w.player.name AS name ORDER BY name LIMIT 1",
            [["Manu Ginobili"]],
        ),
        (
            "MATCH (v:player)-[e:follow]->(w) WHERE e.degree IN [50, 55] AND NOT v.player.age == 1 "
            "RETURN id(w) AS id ORDER BY id",
            [["player100"], ["player101"]],
        ),
    ],
)
def test_statements(statement, expected):
    assert rows(statement) == expected


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT VERTEX player",
        "GO FROM",
        "MATCH (v) RETURN",
        "YIELD name",
        "LOOKUP ON moon YIELD 1",
        'YIELD "open',
    ],
)
def test_everything_else_is_refused(statement):
    with pytest.raises(NotUnderstood):
        rows(statement)
