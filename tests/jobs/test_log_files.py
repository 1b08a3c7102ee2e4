"""Logs that are large, compressed, too long, or watched while they grow."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apps.jobs import log_keeper
from apps.jobs.log_files import LogFile, Times
from apps.jobs.logs import Wanted, line_times, lines_before, read_lines, size_of, tail, tail_start
from apps.jobs.masks import Masks
from apps.jobs.shepherd import LOOK_INTERVAL, MARK, Job, Logs
from apps.jobs.supervisor import Supervisor, read_status

MB = 1 << 20
NONE = Masks([])


def line(number: int) -> str:
    return f"line {number} {'x' * 80}"


def text_of(lines: int) -> str:
    return "".join(f"{line(number)}\n" for number in range(lines))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "1.1.log"


def keep(log: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-I", "-S", log_keeper.__file__, str(log), *words], check=True)


def whole(path: Path, masks: Masks = NONE) -> str:
    text, offset = "", 0
    while True:
        piece, after = tail(path, masks, offset=offset, limit=300_000, ended=True)
        if after == offset:
            return text
        text, offset = text + piece, after


def test_a_log_reads_the_same_before_and_after_it_is_compressed(log: Path) -> None:
    text = text_of(60_000)
    log.write_text(text)
    keep(log, "0", str(MB), "ended")
    assert not log.exists()
    assert gzip.decompress(Path(f"{log}.gz").read_bytes()).decode() == text
    assert Path(f"{log}.gz").stat().st_size < len(text) / 5
    assert size_of(log) == len(text)
    assert whole(log) == text
    start = tail_start(log, 3)
    assert tail(log, NONE, offset=start)[0].splitlines() == [line(59_997), line(59_998), line(59_999)]
    assert lines_before(log, start, MB) == 59_997
    assert read_lines(log, NONE, Wanted(start=40_000, count=1)) == ([line(40_000)], False)
    assert read_lines(log, NONE, Wanted(start=1, count=1, reverse=True)) == ([line(59_998)], False)


def test_a_log_is_compressed_while_it_is_written_and_keeps_its_places(log: Path) -> None:
    first, second = text_of(150_000), text_of(30_000)
    log.write_text(first)
    with LogFile(log) as opened_before:
        keep(log, "0", str(MB))
        with log.open("a") as file:
            file.write(second)
        keep(log, "0", str(MB))
        assert opened_before.read(0, 100_000) == first[:100_000].encode()
    assert log.stat().st_size == len(first + second)
    assert log.stat().st_blocks * 512 < log_keeper.LEFT_PLAIN + 2 * MB
    assert whole(log) == first + second
    keep(log, "0", str(MB), "ended")
    assert whole(log) == first + second


def test_a_keeper_that_was_killed_is_followed_by_one_that_goes_on(log: Path) -> None:
    text = text_of(150_000)
    log.write_text(text)
    keep(log, "0", str(MB))
    with open(f"{log}.gz", "ab") as packed, open(f"{log}.index", "ab") as index:
        packed.write(b"half of a member")
        index.write(b"half")
    assert whole(log) == text
    keep(log, "0", str(MB), "ended")
    assert whole(log) == text


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_log_that_is_too_long_the_middle_goes_and_that_is_said(log: Path, packed: bool) -> None:
    text = text_of(200_000)
    log.write_text(text)
    if packed:
        keep(log, "0", str(MB))
    keep(log, str(4 * MB), "0")
    assert log.stat().st_blocks * 512 <= 5 * MB
    if packed:
        keep(log, str(4 * MB), str(MB), "ended")
        assert os.stat(f"{log}.gz").st_blocks * 512 < MB
    lines = whole(log).splitlines()
    said = [number for number, each in enumerate(lines) if each.startswith("[headrace]")]
    assert len(said) == 1
    assert "HEADRACE_LOG_BYTES" in lines[said[0]]
    assert lines[: said[0]] == [line(number) for number in range(said[0])]
    after = len(lines) - said[0] - 1
    assert lines[said[0] + 1 :] == [line(number) for number in range(200_000 - after, 200_000)]
    assert 1.5 * MB < len("\n".join(lines[: said[0]])) < 2.1 * MB
    assert read_lines(log, NONE, Wanted(count=len(lines)))[0] == lines
    assert read_lines(log, NONE, Wanted(count=len(lines), reverse=True))[0] == lines[::-1]


def test_earlier_lines_of_a_log_that_is_too_long_come_piece_by_piece_over_the_gap(log: Path) -> None:
    log.write_text(text_of(200_000))
    keep(log, str(4 * MB), "0")
    end, pieces = size_of(log), []
    while end:
        start = tail_start(log, 2000, end)
        assert start < end
        pieces.append(tail(log, NONE, offset=start, limit=end - start, ended=True)[0])
        end = start
    assert "".join(reversed(pieces)) == whole(log)


def test_a_secret_in_a_compressed_log_is_hidden_over_the_edges_of_its_blocks(log: Path) -> None:
    text = f"{'x' * (MB - 5)}s3cr3t-value\n" * 2
    log.write_text(text)
    keep(log, "0", str(MB), "ended")
    assert whole(log, Masks(["s3cr3t-value"])) == text.replace("s3cr3t-value", "******")


def test_one_endless_line_is_shown_up_to_a_limit(log: Path) -> None:
    log.write_text("x" * (5 * MB) + "\nlast\n")
    lines, _ = read_lines(log, NONE, Wanted())
    assert [len(each) for each in lines] == [MB + 1, 4]
    assert read_lines(log, NONE, Wanted(reverse=True))[0] == lines[::-1]


def test_a_line_that_is_being_written_is_not_read_by_lines(log: Path) -> None:
    log.write_text("one\ns3cr")
    assert read_lines(log, NONE, Wanted(), ended=False) == (["one"], True)
    assert read_lines(log, NONE, Wanted(), ended=True) == (["one", "s3cr"], True)


def test_lines_are_found_by_when_they_were_printed(log: Path) -> None:
    log.write_text("one\ntwo\nthree\nfour\n")
    Path(f"{log}.times").write_bytes(MARK.pack(1000, 4) + MARK.pack(2000, 14) + MARK.pack(3000, 19))

    def between(since: int | None, until: int | None) -> list[str]:
        return read_lines(log, NONE, Wanted(since=since, until=until))[0]

    assert between(None, None) == ["one", "two", "three", "four"]
    assert between(2000, None) == ["two", "three", "four"]
    assert between(1500, 2500) == ["two", "three"]
    assert between(None, 1000) == ["one"]
    assert between(None, 999) == []
    assert between(1 << 50, None) == []
    assert read_lines(log, NONE, Wanted(count=1, reverse=True, until=2000))[0] == ["three"]
    assert line_times(log, 0, 19) == [(0, 1000), (1, 2000), (3, 3000)]
    assert Times(log).at(18) == 3000


def test_the_shepherd_notes_when_a_log_grew_and_nothing_of_a_job_that_was_quick(log: Path) -> None:
    logs, job = Logs(), Job("1", 0, "", time.monotonic(), str(log))
    logs.leave(7, job)
    assert not Path(f"{log}.times").exists()
    log.write_text("one\n")
    logs.look(7, job)
    logs.look(7, job)
    log.write_text("one\ntwo\n")
    logs.leave(7, job)
    sizes = [size for _, size in MARK.iter_unpack(Path(f"{log}.times").read_bytes())]
    assert sizes == [4, 8]
    assert not logs.seen


def test_the_log_of_a_job_that_prints_a_lot_is_cut_and_compressed(tmp_path: Path, log: Path) -> None:
    supervisor = Supervisor(tmp_path / "socket", log_bytes=4 * MB, log_compress_bytes=MB)
    supervisor.connect()
    status = tmp_path / "1.1.status"
    script = f"yes 'a line of text' | head -c {12 * MB}; sleep {2 * LOOK_INTERVAL}; echo done >&2"
    supervisor.start("1", argv=["/bin/sh", "-c", script], env={}, cwd=tmp_path, log=log, status=status)
    deadline = time.monotonic() + 30
    while log.exists() or not (found := read_status(status)) or not found.ended:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    supervisor.close()
    assert size_of(log) == 12 * MB + 5
    text = whole(log)
    assert text.startswith("a line of text\n")
    assert "[headrace]" in text
    assert text.endswith("done\n")
    assert len(text) < 5 * MB
