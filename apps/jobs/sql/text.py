"""SQL as a text: where its statements end, and a limit for those that only show rows.

Nothing is parsed. What is told apart is what the text of any dialect is made of: quoted
texts and names, comments, brackets, words and semicolons.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

#: Words that make of a SELECT or WITH something else than rows to look at, or end it already.
_NOT_SHOWN = frozenset({"LIMIT", "FETCH", "FOR", "INTO", "INSERT", "UPDATE", "DELETE", "MERGE", "OVERWRITE"})
_DELIMITER = re.compile(r"^[ \t]*DELIMITER[ \t]+(\S+)[ \t]*\n?", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How quoted texts and comments are written. `backslashes`: `'it\\'s'` is one text."""

    backslashes: bool = False
    dollars: bool = False
    hash_comments: bool = False
    nested_comments: bool = False
    #: Statements of several parts: triggers of SQLite, routines of MySQL with a delimiter of their own.
    triggers: bool = False
    delimiters: bool = False


ENGINE = Dialect(backslashes=True)  # Hive, Spark, Impala
PLAIN = Dialect()  # Presto, Trino, standard SQL
POSTGRESQL = Dialect(dollars=True, nested_comments=True)
MYSQL = Dialect(backslashes=True, hash_comments=True, delimiters=True)
SQLITE = Dialect(triggers=True)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    start: int
    end: int


def statements(text: str, dialect: Dialect = PLAIN) -> list[str]:
    """The statements of a script, without the semicolons between them; comments alone are none.

    >>> statements("SELECT ';' AS a; -- the end;\\nSELECT 2;")
    ["SELECT ';' AS a", '-- the end;\\nSELECT 2']
    """
    if dialect.delimiters and _DELIMITER.search(text):
        return _delimited(text)
    found: list[str] = []
    start, is_empty = 0, True
    for token in (*_tokens(text, dialect), Token(";", len(text), len(text))):
        if token.kind == ";":
            piece = text[start : token.start]
            if dialect.triggers and not is_empty and not _is_whole(piece) and token.start < len(text):
                continue
            if not is_empty:
                found.append(piece.strip())
            start, is_empty = token.end, True
        elif token.kind != "comment":
            is_empty = False
    return found


def limited(text: str, limit: int, dialect: Dialect = PLAIN) -> str:
    """The script in which every statement that only shows rows, and says not how many, shows `limit`.

    >>> limited("SELECT * FROM t -- all\\n; DROP TABLE t", 10)
    'SELECT * FROM t LIMIT 10 -- all\\n; DROP TABLE t'
    """
    edits = []
    tokens: list[Token] = []
    for token in (*_tokens(text, dialect), Token(";", len(text), len(text))):
        if token.kind != ";":
            if token.kind != "comment":
                tokens.append(token)
            continue
        if _shows_rows(text, tokens):
            edits.append(tokens[-1].end)
        tokens = []
    for at in reversed(edits):
        text = f"{text[:at]} LIMIT {limit}{text[at:]}"
    return text


def _shows_rows(text: str, tokens: Sequence[Token]) -> bool:
    """A SELECT, or a WITH that ends in one, with no limit and nothing written at its own level."""
    words, depth = [], 0
    for token in tokens:
        if token.kind in "()":
            depth += 1 if token.kind == "(" else -1
        elif token.kind == "word" and not depth:
            words.append(text[token.start : token.end].upper())
    if not words or tokens[0].kind != "word" or words[0] not in ("SELECT", "WITH"):
        return False
    return "SELECT" in words and _NOT_SHOWN.isdisjoint(words)


def _tokens(text: str, dialect: Dialect) -> Iterator[Token]:
    at, pattern = 0, _pattern(dialect)
    while found := pattern.search(text, at):
        at = found.end()
        kind = str(found.lastgroup)
        if kind == "block":
            at, kind = _block_end(text, at, dialect.nested_comments), "comment"
        elif kind == "dollar":
            closing = text.find(found[0], at)
            at, kind = (closing + len(found[0]) if closing >= 0 else len(text)), "text"
        yield Token(found[0] if kind == "mark" else kind, found.start(), at)


def _block_end(text: str, at: int, nests: bool) -> int:
    depth = 1
    for found in re.compile(r"/\*|\*/").finditer(text, at):
        depth += (1 if nests else 0) if found[0] == "/*" else -1
        if not depth:
            return found.end()
    return len(text)


@lru_cache(maxsize=8)
def _pattern(dialect: Dialect) -> re.Pattern[str]:
    """What is not closed goes to the end of the text."""
    inner = r"(?:[^{0}\\]|\\.|{0}{0})*" if dialect.backslashes else r"(?:[^{0}]|{0}{0})*"
    escaped = r"(?:[^'\\]|\\.|'')*"
    parts = [
        r"(?P<comment>--[^\n]*" + (r"|\#[^\n]*" if dialect.hash_comments else "") + ")",
        r"(?P<block>/\*)",
        rf"(?P<text>\b[eE]'{escaped}(?:'|\Z)|'{inner.format(chr(39))}(?:'|\Z)"
        rf'|"{inner.format(chr(34))}(?:"|\Z)|`[^`]*(?:`|\Z))',
        r"(?P<dollar>\$(?:[A-Za-z_]\w*)?\$)" if dialect.dollars else r"(?P<dollar>(?!))",
        r"(?P<word>[^\W\d]\w*)",
        r"(?P<mark>[();])",
        r"(?P<other>[^\s])",
    ]
    return re.compile("|".join(parts), re.DOTALL)


def _is_whole(piece: str) -> bool:
    return sqlite3.complete_statement(piece + ";")


def _delimited(text: str) -> list[str]:
    """The statements of a script of MySQL's own program, which may name another delimiter."""
    found, at, delimiter = [], 0, ";"
    marks = [(mark.start(), mark.end(), mark[1]) for mark in _DELIMITER.finditer(text)]
    for start, end, following in (*marks, (len(text), len(text), ";")):
        part = text[at:start]
        pieces = statements(part, Dialect(backslashes=True, hash_comments=True)) if delimiter == ";" else []
        found += pieces or ([] if delimiter == ";" else part.split(delimiter))
        at, delimiter = end, following
    return [piece.strip() for piece in found if piece.strip()]
