from __future__ import annotations

from pathlib import Path

import pytest

from apps.jobs import log_search
from apps.jobs.log_search import MOST_HITS, Found, find_lines
from apps.jobs.masks import Masks

MASKS = Masks(["s3cr3t-value"])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def every(log: Path, text: str) -> list[tuple[int | None, str]]:
    """All hits, as somebody finds them who asks again until the log is over."""
    hits, found = [], Found()
    while not found.over:
        found = find_lines(log, MASKS, text, offset=found.offset, line=found.line)
        hits += [(hit.line, hit.text) for hit in found.hits]
    return hits


def test_lines_are_found_with_their_numbers_in_either_case(log: Path) -> None:
    log.write_text("one\nERROR two\n\nan error, another Error\nend")
    assert every(log, "error") == [(1, "ERROR two"), (3, "an error, another Error")]
    assert every(log, "end") == [(4, "end")]
    assert every(log, "none") == []


def test_what_is_found_says_where_its_line_begins(log: Path) -> None:
    log.write_text("one\ntwo\n")
    assert find_lines(log, MASKS, "w").hits[0].start == 4


def test_a_secret_is_not_found_and_not_shown(log: Path) -> None:
    log.write_text("password s3cr3t-value here\n")
    assert every(log, "s3cr3t") == []
    assert every(log, "t-value h") == []
    assert every(log, "here") == [(0, "password ****** here")]


def test_blocks_and_answers_lose_nothing_between_them(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "BLOCK", 64)
    monkeypatch.setattr(log_search, "SEARCHED_BYTES", 256)
    log.write_text("".join(f"line {n} {'x' * (n % 90)}\n" for n in range(300)))
    assert [line for line, _text in every(log, "line")] == list(range(300))


def test_hits_are_told_some_at_a_time(log: Path) -> None:
    log.write_text("same\n" * (MOST_HITS + 5))
    found = find_lines(log, MASKS, "same")
    assert (len(found.hits), found.over, found.line) == (MOST_HITS, False, MOST_HITS)
    assert [line for line, _text in every(log, "same")] == list(range(MOST_HITS + 5))


def test_of_a_long_line_what_is_around_the_hit_is_shown(log: Path) -> None:
    log.write_text("a" * 5000 + " needle " + "b" * 5000 + "\n")
    [(line, text)] = every(log, "needle")
    assert line == 0 and "needle" in text and len(text) < 400


def test_a_line_that_is_being_written_is_left_out(log: Path) -> None:
    log.write_text("done one\nnot yet one")
    found = find_lines(log, MASKS, "one", ended=False)
    assert ([hit.text for hit in found.hits], found.over) == (["done one"], True)


def test_a_log_that_is_not_there_has_no_hits(log: Path) -> None:
    assert find_lines(log, MASKS, "x") == Found(over=True)
