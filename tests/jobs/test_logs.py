from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from apps.jobs.logs import LONGEST_TAIL, Wanted, make_runs_folder, read_lines, tail, tail_start
from apps.jobs.masks import Masks

SECRET = "s3cr3t-value"
MASKS = Masks([SECRET])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def whole(path: Path, masks: Masks, limit: int) -> str:
    """The log as somebody reads it who asks for piece after piece."""
    text, offset = "", 0
    while True:
        piece, after = tail(path, masks, offset=offset, limit=limit, ended=True)
        if after == offset:
            return text
        text, offset = text + piece, after


def test_lines_are_read_from_a_start_and_from_the_end(log: Path) -> None:
    log.write_text("one\ntwo\n\nfour\n")
    assert read_lines(log, MASKS, Wanted(start=1, count=2)) == (["two", ""], False)
    assert read_lines(log, MASKS, Wanted(start=2, count=9)) == (["", "four"], True)
    assert read_lines(log, MASKS, Wanted(count=2, reverse=True)) == (["four", ""], False)


def test_a_log_that_is_not_there_is_empty(log: Path) -> None:
    assert read_lines(log, MASKS, Wanted()) == ([], True)
    assert tail(log, MASKS, offset=0) == ("", 0)
    assert tail_start(log, 10) == 0


def test_the_last_lines_are_found_without_reading_the_rest(log: Path) -> None:
    log.write_text("".join(f"line {k}\n" for k in range(10_000)))
    start = tail_start(log, 2)
    assert tail(log, MASKS, offset=start) == ("line 9998\nline 9999\n", log.stat().st_size)


def test_the_end_of_a_log_of_500_mb_is_found_in_its_last_bytes(log: Path) -> None:
    size = 500 * 1024 * 1024
    with log.open("wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(b"\n" + b"".join(b"line %d\n" % k for k in range(300)))
    start = tail_start(log, 200)
    assert tail(log, MASKS, offset=start)[0].startswith("line 100\n")


def test_of_a_line_without_end_only_a_piece_is_read(log: Path) -> None:
    size = 500 * 1024 * 1024
    with log.open("wb") as file:
        file.truncate(size)
    start = tail_start(log, 200)
    assert size - start == LONGEST_TAIL
    assert len(tail(log, MASKS, offset=start, limit=size - start, ended=True)[0]) == LONGEST_TAIL
    assert tail_start(log, 200, start) == start - LONGEST_TAIL


def test_lines_that_do_not_fit_into_what_is_read_are_left_out_whole(log: Path) -> None:
    log.write_text("".join(f"line {k}\n" for k in range(1000)))
    start = tail_start(log, 500, limit=100)
    assert tail(log, MASKS, offset=start)[0].startswith("line 989\n")


def test_a_line_that_is_being_written_is_held_back_until_it_is_complete(log: Path) -> None:
    log.write_text("one\nhalf of")
    assert tail(log, MASKS, offset=0) == ("one\n", 4)
    assert tail(log, MASKS, offset=4) == ("", 4)
    assert tail(log, MASKS, offset=4, ended=True) == ("half of", 11)


def test_a_secret_is_masked_in_lines_and_pieces(log: Path) -> None:
    log.write_text(f"the value is {SECRET}, twice: {SECRET}{SECRET}\n")
    masked = "the value is ******, twice: ************"
    assert read_lines(log, MASKS, Wanted()) == ([masked], True)
    assert tail(log, MASKS, offset=0)[0] == masked + "\n"


def test_the_lines_of_a_secret_of_several_lines_are_masked_one_by_one(log: Path) -> None:
    log.write_text("-----BEGIN KEY-----\nabcdefgh\n")
    masks = Masks(["-----BEGIN KEY-----\nabcdefgh"])
    assert read_lines(log, masks, Wanted()) == (["******", "******"], True)


def test_a_short_value_does_not_blank_out_ordinary_words() -> None:
    assert Masks(["a", "no"]).text("no way around") == "no way around"


# It reads files, and a busy disk is no defect.
@examples(deadline=None)
@given(st.lists(st.sampled_from([SECRET, "x", "\n", "s3cr3t", "value "]), max_size=40), st.integers(1, 40))
def test_no_piece_of_a_log_shows_a_part_of_a_secret(words: list[str], limit: int) -> None:
    text = "".join(words)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_text(text)
        assert whole(path, MASKS, limit) == text.replace(SECRET, "******")
        for offset in range(len(text)):
            piece, _ = tail(path, MASKS, offset=offset, limit=limit, ended=True)
            inside = text.rfind(SECRET, 0, offset + len(SECRET) - 1)
            if inside >= 0 and inside < offset < inside + len(SECRET):
                assert piece.startswith("******")


def test_the_folder_of_runs_is_private_and_may_be_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HEADRACE_HOME", str(tmp_path / "home"))
    make_runs_folder()
    make_runs_folder()
    assert stat.S_IMODE((tmp_path / "home" / "runs").stat().st_mode) == 0o700
