"""Steps of a plan as Polars frames: nothing is read before a target asks for it.

What comes out of each step is counted on its way. Where two ways lead from a step to the
target its table is read twice, and counted twice, rather than held in memory; `Counts`
divides by the number of ways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import polars as pl

from apps.jobs.dataflow.casts import cast, dtype, literal, polars_schema
from apps.jobs.dataflow.fields import common_type
from apps.jobs.dataflow.plan import Column, Plan, Step

_LEFT, _RIGHT, _ROW = "\0left", "\0right ", "\0row"
_TESTS: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "EQ": lambda one, two: one == two,
    "NE": lambda one, two: one != two,
    "GT": lambda one, two: one > two,
    "LT": lambda one, two: one < two,
    "GTE": lambda one, two: one >= two,
    "LTE": lambda one, two: one <= two,
}


@dataclass(slots=True)
class Counts:
    """Rows that came out of each step, and cells of sources that could not be read as their type."""

    rows: Counter[int] = field(default_factory=Counter)
    nulled: Counter[int] = field(default_factory=Counter)

    def count(self, frame: pl.LazyFrame, place: int, columns: Sequence[Column]) -> pl.LazyFrame:
        def add(part: pl.DataFrame) -> pl.DataFrame:
            self.rows[place] += part.height
            return part

        return observe(frame, add, columns)

    def of(self, plan: Plan, target: int) -> Counts:
        """What a single way to the target saw, steps that keep their rows included."""
        seen, ways = Counts(), plan.below(target)
        for place in sorted(ways):
            step = plan.steps[place]
            seen.rows[place] = (
                seen.rows[step.inputs[0]] if step.type in _KEEP_ROWS else self.rows[place] // ways[place]
            )
            seen.nulled[place] = self.nulled[place] // ways[place]
        return seen


def observe(
    frame: pl.LazyFrame, look: Callable[[pl.DataFrame], pl.DataFrame], columns: Sequence[Column]
) -> pl.LazyFrame:
    """The frame itself; `look` sees each piece of it as it streams by."""
    return frame.map_batches(
        look, schema=polars_schema(columns), validate_output_schema=False, streamable=True
    )


def frame_of(
    plan: Plan, target: int, read: Callable[[int, Step], pl.LazyFrame], counts: Counts
) -> pl.LazyFrame:
    """What is to be written to the target; `read` gives the table of a source, and counts its rows."""
    frames: dict[int, pl.LazyFrame] = {}
    for place in sorted(plan.below(target)):
        step = plan.steps[place]
        inputs = [Table(frames[parent], plan.steps[parent].columns) for parent in step.inputs]
        frame = read(place, step) if step.is_source else _STEPS[step.type](step, inputs)
        is_counted = step.is_source or step.type in _KEEP_ROWS
        frames[place] = frame if is_counted else counts.count(frame, place, step.columns)
    return frames[target]


@dataclass(frozen=True, slots=True)
class Table:
    frame: pl.LazyFrame
    columns: Sequence[Column]

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _select(step: Step, inputs: Sequence[Table]) -> pl.LazyFrame:
    return inputs[0].frame.select([column.name for column in step.columns])


def _written(step: Step, inputs: Sequence[Table]) -> pl.LazyFrame:
    """A target's columns, in its order and of its types."""
    (table,) = inputs
    return table.frame.select(
        cast(pl.col(column.name), table[column.name].type, column.type) for column in step.columns
    )


def _define(step: Step, inputs: Sequence[Table]) -> pl.LazyFrame:
    (table,) = inputs
    pairs = zip(step.options["from"], table.columns, step.columns, strict=True)
    return table.frame.select(
        cast(pl.col(name), before.type, after.type).alias(after.name) for name, before, after in pairs
    )


def _filter(step: Step, inputs: Sequence[Table]) -> pl.LazyFrame:
    (table,) = inputs
    tests = [
        _TESTS[test["operator"]](pl.col(test["column"]), literal(test["value"], table[test["column"]].type))
        for test in step.options["tests"]
    ]
    # A test of null is neither true nor false, and only true rows are kept.
    return table.frame.filter(pl.all_horizontal(tests) if step.options["all"] else pl.any_horizontal(tests))


def _aggregate(step: Step, inputs: Sequence[Table]) -> pl.LazyFrame:
    (table,) = inputs
    keys: list[str] = step.options["keys"]
    results = [
        _result(result, table[result["column"]], column)
        for result, column in zip(step.options["results"], step.columns[len(keys) :], strict=True)
    ]
    if not keys:
        return table.frame.select(results)
    return table.frame.group_by(keys).agg(results)


def _result(result: dict[str, Any], column: Column, made: Column) -> pl.Expr:
    value = pl.col(column.name)
    if result["function"] in ("SUM", "AVG"):
        value = cast(value, column.type, made.type)
    made_of = {"SUM": value.sum, "AVG": value.mean, "MAX": value.max, "MIN": value.min}
    found = made_of[result["function"]]()
    # The sum of nothing is nothing, not 0.
    return pl.when(value.count() > 0).then(found).cast(dtype(made.type)).alias(made.name)


def _distinct(step: Step, inputs: Sequence[Table]) -> pl.LazyFrame:
    return inputs[0].frame.unique(step.options["columns"], keep="any")


def _fill(step: Step, inputs: Sequence[Table]) -> pl.LazyFrame:
    (table,) = inputs
    return table.frame.with_columns(
        pl.col(each["column"]).fill_null(literal(each["value"], table[each["column"]].type))
        for each in step.options["values"]
    )


def _union(step: Step, inputs: Sequence[Table]) -> pl.LazyFrame:
    """By place, not by name; the names are those of the first."""
    frames = [
        table.frame.select(
            cast(pl.col(one.name), one.type, two.type).alias(two.name)
            for one, two in zip(table.columns, step.columns, strict=True)
        )
        for table in inputs
    ]
    together = pl.concat(frames)
    return together.unique(keep="any") if step.options["distinct"] else together


def _join(step: Step, inputs: Sequence[Table]) -> pl.LazyFrame:
    options = step.options
    left, right = inputs[options["left"]], inputs[options["right"]]
    tests = options["tests"]
    # Right columns get names that nothing else has until the rows are paired.
    marked = right.frame.rename({column.name: _RIGHT + column.name for column in right.columns})
    if all(test["operator"] == "EQ" and test["word"] != "OR" for test in tests):
        paired = _by_keys(left, right, marked, tests, options["how"])
    elif options["how"] == "INNER":
        paired = left.frame.join(marked, how="cross").filter(_condition(tests, left, right))
    else:
        paired = _in_memory(left, right, marked, options)
    return paired.select(
        *(pl.col(column.name) for column in left.columns),
        *(pl.col(_RIGHT + name).alias(new) for name, new in options["renamed"].items()),
    )


_HOW: Mapping[str, Any] = {
    "INNER": "inner",
    "LEFT_OUTER": "left",
    "RIGHT_OUTER": "right",
    "FULL_OUTER": "full",
}


def _by_keys(
    left: Table, right: Table, marked: pl.LazyFrame, tests: Sequence[dict[str, Any]], how: str
) -> pl.LazyFrame:
    """Equal keys; a key that is null equals nothing."""
    ones, twos = zip(*(_sides(test, left, right) for test in tests), strict=True)
    left_keys = [f"{_LEFT}{number}" for number in range(len(tests))]
    right_keys = [f"{_RIGHT}\0{number}" for number in range(len(tests))]
    return left.frame.with_columns(one.alias(key) for one, key in zip(ones, left_keys, strict=True)).join(
        marked.with_columns(two.alias(key) for two, key in zip(twos, right_keys, strict=True)),
        left_on=left_keys,
        right_on=right_keys,
        how=_HOW[how],
        coalesce=False,
    )


def _in_memory(left: Table, right: Table, marked: pl.LazyFrame, options: dict[str, Any]) -> pl.LazyFrame:
    """An outer join by any condition: the pairs, and then the rows that found none."""
    one = left.frame.collect(engine="streaming").lazy().with_row_index(_LEFT)
    two = marked.collect(engine="streaming").lazy().with_row_index(_RIGHT)
    pairs = one.join(two, how="cross").filter(_condition(options["tests"], left, right))
    frames = [pairs]
    if options["how"] in ("LEFT_OUTER", "FULL_OUTER"):
        frames.append(one.join(pairs, on=_LEFT, how="anti"))
    if options["how"] in ("RIGHT_OUTER", "FULL_OUTER"):
        frames.append(two.join(pairs, on=_RIGHT, how="anti"))
    return pl.concat(frames, how="diagonal")


def _sides(test: dict[str, Any], left: Table, right: Table) -> tuple[pl.Expr, pl.Expr]:
    """Both sides of a test as one type."""
    one, two = left[test["left"]], right[test["right"]]
    both = common_type(one.type, two.type)
    return cast(pl.col(one.name), one.type, both), cast(pl.col(_RIGHT + two.name), two.type, both)


def _condition(tests: Sequence[dict[str, Any]], left: Table, right: Table) -> pl.Expr:
    """AND binds closer than OR, as in SQL."""
    groups: list[list[pl.Expr]] = []
    for test in tests:
        found = _TESTS[test["operator"]](*_sides(test, left, right))
        if test["word"] == "AND":
            groups[-1].append(found)
        else:
            groups.append([found])
    return reduce(lambda one, two: one | two, (pl.all_horizontal(group) for group in groups))


_STEPS: Mapping[str, Callable[[Step, Sequence[Table]], pl.LazyFrame]] = {
    "TRANSFORM_SELECT": _select,
    "TRANSFORM_DEFINE": _define,
    "TRANSFORM_RENAME": _define,
    "TRANSFORM_FILTER": _filter,
    "TRANSFORM_JOIN": _join,
    "TRANSFORM_UNION": _union,
    "TRANSFORM_AGGREGATE": _aggregate,
    "TRANSFORM_DROP_DUPLICATION": _distinct,
    "TRANSFORM_FILL_MISSING_VALUES": _fill,
    "TARGET_OBS": _written,
}
#: As many rows come out of these as go in: to count them again would only cost time.
_KEEP_ROWS = frozenset(
    {
        "TRANSFORM_SELECT",
        "TRANSFORM_DEFINE",
        "TRANSFORM_RENAME",
        "TRANSFORM_FILL_MISSING_VALUES",
        "TARGET_OBS",
    }
)
