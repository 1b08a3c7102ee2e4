#!/usr/bin/env python3
"""Keeps a log small, also while its job writes into it; all that is left of it keeps its place.

Started by the shepherd, and like it of the standard library alone.

A log that has become longer than it may loses what is between its first and its last half:
those blocks are given back to the file system. On one that cannot do so the last half goes.

    LOG.cut      "START END" a line: from where to where; the last line counts

A large log is compressed block by block into gzip members (`zcat` reads them as one). Where
each ends is noted once it is safe on the disk, and only then is the block given back:

    LOG.gz       a member for each BLOCK bytes of the log
    LOG.index    24 bytes a block: where it ends in the log and in LOG.gz, how many lines ended until there

A block that was cut has no member: it ends where the one before did. Killed in the middle,
the next one goes on from the last note.

Usage: log_keeper.py LOG MOST PACK [ended]
    MOST bytes are kept, and from PACK bytes on it is compressed; zero: never.
    With `ended` all of it is compressed, and LOG is removed.
"""

import contextlib
import ctypes
import fcntl
import os
import struct
import sys
import zlib

BLOCK = 1 << 20
RECORD = struct.Struct("<QQQ")
#: Of a log that is being written so much of the end stays as it is: who follows it reads there.
LEFT_PLAIN = 8 * BLOCK
LEVEL = 3
NOTED_TOGETHER = 16
#: From linux/falloc.h: FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE.
PUNCH_HOLE = 0x01 | 0x02


def cut(path: str, most: int) -> None:
    """Leave the first and the last half of what may be kept."""
    size = os.stat(path).st_size
    start = max(1, most // 2 // BLOCK) * BLOCK
    end = (size - start) // BLOCK * BLOCK
    before = read_cut(path)
    if size <= most or end <= max(start, before[1]):
        return
    # Noted before it is done: who reads meanwhile must not take the hole for what was printed.
    _append(path + ".cut", f"{start} {end}\n")
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    if not punch(file, max(start, before[1]), end):
        _append(path + ".cut", "0 0\n")
        os.ftruncate(file, start)
        _append(path, f"\n[headrace] what was printed here is left out: a log may have {most} bytes\n")
    os.close(file)


def compress(path: str, is_over: bool) -> None:
    packed = os.open(path + ".gz", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    # Who comes for the end waits for the one before it; of others one is enough.
    fcntl.flock(packed, fcntl.LOCK_EX | (0 if is_over else fcntl.LOCK_NB))
    index = os.open(path + ".index", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    at, packed_at, lines = _last_record(index)
    plain = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    size = os.fstat(plain).st_size
    gone = read_cut(path)
    os.ftruncate(packed, packed_at)
    records = b""
    while at < size if is_over else at + BLOCK <= size - LEFT_PLAIN:
        if not (gone[0] <= at and at + BLOCK <= gone[1]):
            data = os.pread(plain, min(BLOCK, size - at), at)
            lines += data.count(b"\n")
            packed_at += _write(packed, _member(data), packed_at)
        at = min(at + BLOCK, size)
        records += RECORD.pack(at, packed_at, lines)
        if len(records) >= NOTED_TOGETHER * RECORD.size:
            records = _note(packed, index, records)
    _note(packed, index, records)
    _give_back(index, packed, gone)
    if is_over:
        os.unlink(path)
    else:
        punch(plain, 0, at)


def _last_record(index: int) -> tuple[int, int, int]:
    """Where the last note stands, which is where the next one is written."""
    end = os.fstat(index).st_size // RECORD.size * RECORD.size
    os.ftruncate(index, end)
    os.lseek(index, end, os.SEEK_SET)
    return RECORD.unpack(os.pread(index, RECORD.size, end - RECORD.size)) if end else (0, 0, 0)


def _note(packed: int, index: int, records: bytes) -> bytes:
    """Note blocks that are safe then; return what is left to note."""
    os.fsync(packed)
    os.write(index, records)
    os.fsync(index)
    return b""


def _member(data: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _write(file: int, data: bytes, at: int) -> int:
    done = 0
    while done < len(data):
        done += os.pwrite(file, data[done:], at + done)
    return done


def _give_back(index: int, packed: int, gone: tuple[int, int]) -> None:
    """What was compressed before the log became too long."""
    first, last = gone[0] // BLOCK, min(gone[1] // BLOCK, os.fstat(index).st_size // RECORD.size)
    if 0 < first < last:
        ends = [RECORD.unpack(os.pread(index, RECORD.size, (k - 1) * RECORD.size))[1] for k in (first, last)]
        punch(packed, ends[0], ends[1])


def read_cut(path: str) -> tuple[int, int]:
    """From where to where the log was given back."""
    with contextlib.suppress(OSError, ValueError), open(path + ".cut") as file:
        whole = [line for line in file if line.endswith("\n")]
        start, end = map(int, whole[-1].split()) if whole else (0, 0)
        return start, end
    return 0, 0


def punch(file: int, start: int, end: int) -> bool:
    """Give these bytes back to the file system; whether it could."""
    fallocate = ctypes.CDLL(None).fallocate
    fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    return end > start and fallocate(file, PUNCH_HOLE, start, end - start) == 0


def _append(path: str, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def main(path: str, most: str, pack: str, *words: str) -> None:
    os.nice(10)
    if int(most):
        cut(path, int(most))
    if int(pack) and os.stat(path).st_size >= int(pack):
        compress(path, "ended" in words)


if __name__ == "__main__":
    # Another one is at it, or the log was removed with its run.
    with contextlib.suppress(BlockingIOError, FileNotFoundError):
        main(*sys.argv[1:])
