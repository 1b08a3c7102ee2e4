"""Conditions of branches and joins: comparisons in Python's spelling, and nothing more of Python.

    rows > 1000 and region in ["north", "south"]
    state("check") == "failed" or output("count", "rows") == 0

Names are the run's parameters, else what a node right before it left. There are no
attributes, no loops and no calls but those of `FUNCTIONS`; what it may cost is bounded by
the library and by MAX_LENGTH.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from simpleeval import EvalWithCompoundTypes, InvalidExpression

MAX_LENGTH = 1000
#: What may be called besides `state` and `output`.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": len,
    "int": int,
    "float": float,
    "str": str,
    "lower": lambda text: str(text).lower(),
    "upper": lambda text: str(text).upper(),
}
OF_NODES = ("state", "output")
#: What a condition does not need, and could be misused.
_LEFT_OUT = (ast.Attribute, ast.JoinedStr, ast.FormattedValue, ast.ListComp, ast.GeneratorExp, ast.Lambda)


class BadExpression(ValueError):
    """The condition cannot be read, or has no value here."""


def check_expression(text: str) -> None:
    """Raise BadExpression unless it can be read."""
    _parsed(text)


def is_true(
    text: str, value_of: Callable[[str], Any], functions: Mapping[str, Callable[..., Any]] = FUNCTIONS
) -> bool:
    """Whether the condition holds. `value_of` gives the value of a name, or raises KeyError."""
    tree = _parsed(text)

    def named(node: ast.Name) -> Any:
        try:
            return as_value(value_of(node.id))
        except KeyError:
            raise BadExpression(f"there is no parameter or output called {node.id}") from None

    evaluator = EvalWithCompoundTypes(functions={**FUNCTIONS, **functions}, names=named)
    for kind in _LEFT_OUT:
        evaluator.nodes.pop(kind, None)
    try:
        return bool(evaluator.eval(text, previously_parsed=tree.body[0]))
    except BadExpression:
        raise
    except (InvalidExpression, ArithmeticError, TypeError, ValueError, LookupError, RecursionError) as error:
        raise BadExpression(f"it has no value ({error})") from None


def as_value(given: Any) -> Any:
    """A parameter's text as the number, or true or false, that it spells."""
    if not isinstance(given, str):
        return given
    if given.lower() in ("true", "false"):
        return given.lower() == "true"
    for read in (int, float):
        try:
            return read(given)
        except ValueError:
            continue
    return given


def _parsed(text: str) -> ast.Module:
    if not text.strip():
        raise BadExpression("A condition is needed.")
    if len(text) > MAX_LENGTH:
        raise BadExpression(f"A condition has at most {MAX_LENGTH} characters.")
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = getattr(error, "msg", None) or error
        raise BadExpression(f"It cannot be read: {why}.") from None
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        raise BadExpression("It is not one condition.")
    for node in ast.walk(tree):
        if isinstance(node, _LEFT_OUT):
            raise BadExpression(f"It has more in it than a condition: {type(node).__name__}.")
        if isinstance(node, ast.Call) and not _is_known(node):
            known = ", ".join((*OF_NODES, *FUNCTIONS))
            raise BadExpression(f"It calls what is not there; there are {known}.")
    return tree


def _is_known(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in (*OF_NODES, *FUNCTIONS)
