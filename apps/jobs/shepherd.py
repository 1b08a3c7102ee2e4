#!/usr/bin/env python3
"""The shepherd of a host: starts every job, waits for it, and writes down how it ended.

It is the only parent of the jobs, so that workers, the warden and the whole service may
be restarted or killed while jobs run: who comes back reads the status files. Therefore it
is one small process in a session of its own, uses the standard library alone, imports
nothing of the project, and is never restarted on a deploy.

Each job is the leader of its own session. Its status file is opened O_EXCL, which settles
"was it started already?", and gets one line at the start and one at the end:

    pid 4711 123456-123457 <boot id>  process, clock ticks between which it started, boot of the host
    exit 0 | signal 9 | error TEXT    a line counts only with its newline

A job writes into its log itself, stdout and stderr in the order in which they come: nothing
stands between them that could die before it. So that one can still tell when something was
printed, and that no log fills the disk, the shepherd looks now and then how far they are. It
notes that in LOG.times, 16 bytes a mark: at this time (milliseconds since 1970) the log had
this many bytes. Each time one has grown much it starts `log_keeper.py`.

Protocol: JSON messages on a SEQPACKET socket.
    {"op": "start", "key", "argv", "env", "cwd", "log", "status", "room", "most", "pack"}
                       idempotent by status file;
                       of its log `most` bytes are kept, and from `pack` bytes on it is compressed;
                       it waits while `room` jobs or more run, and not longer than its client stays
    {"op": "withdraw", "key"}    -> {"withdrawn": key} when it waited: it will not be started
    {"op": "list"}               -> {"running": {key: pid}}
    -> {"ended": key, "status", "seconds"} when a job ended, with all that its status file says
       {"ended": key} when it was started before: its file says what became of it
       {"ended": key, "error"} when there could be no status file

It leaves whoever started it behind, and ends when nobody is connected and no job runs.

Usage: shepherd.py SOCKET
"""

import contextlib
import ctypes
import fcntl
import json
import math
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections import namedtuple

MAX_MESSAGE = 1 << 20
IDLE_SECONDS = 3.0
#: Python ignores these; a job must not inherit that.
RESET_SIGNALS = (signal.SIGPIPE, signal.SIGXFSZ)
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


#: Seconds between two looks at the logs; of a job that has long run fewer are noted.
LOOK_INTERVAL = 0.5
MARKS_AN_AGE = 5000
MARK = struct.Struct("<QQ")
#: From linux/prctl.h.
PR_SET_DUMPABLE = 4
KEEPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "log_keeper.py")

#: Its status file is open; `begun` is what that says, `since` when it started.
Job = namedtuple("Job", "key status begun since log most pack", defaults=("", 0, 0))


class Shepherd:
    def __init__(self, path: str) -> None:
        self.path = path
        self.boot = _read("/proc/sys/kernel/random/boot_id").strip()
        self.running: dict[int, Job] = {}  # by pid
        self.waiting: dict[str, tuple[socket.socket, dict]] = {}
        self.counts_alike: bool | None = None
        self.clients: set[socket.socket] = set()
        self.selector = selectors.DefaultSelector()
        self.idle_since = time.monotonic()
        self.logs = Logs()
        self.look_at = 0.0

    def serve(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(self.path)
        os.chmod(self.path, 0o600)
        listener.listen(8)
        self.selector.register(listener, selectors.EVENT_READ, self.accept)
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(wake_read, selectors.EVENT_READ, self.woken)
        while not self.is_idle():
            for key, _ in self.selector.select(LOOK_INTERVAL if self.running else 1.0):
                key.data(key.fileobj)
            self.reap()
            self.fill()
            if time.monotonic() >= self.look_at:
                self.look_at = time.monotonic() + LOOK_INTERVAL
                for pid, job in self.running.items():
                    self.logs.look(pid, job)

    def is_idle(self) -> bool:
        if self.clients or self.running:
            self.idle_since = time.monotonic()
        return time.monotonic() - self.idle_since > IDLE_SECONDS

    def accept(self, listener: socket.socket) -> None:
        client, _ = listener.accept()
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            client.setsockopt(socket.SOL_SOCKET, option, MAX_MESSAGE)
        self.clients.add(client)
        self.selector.register(client, selectors.EVENT_READ, self.receive)

    def woken(self, pipe: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(pipe, 512):
                pass

    def receive(self, client: socket.socket) -> None:
        """Take all that came: a start may be followed by its withdrawal."""
        while client in self.clients:
            try:
                data = client.recv(MAX_MESSAGE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if data:
                self.take(client, json.loads(data))
            else:
                self.drop(client)
        self.fill()

    def take(self, client: socket.socket, message: dict) -> None:
        if message["op"] == "start":
            self.waiting[message["key"]] = client, message
        elif message["op"] == "withdraw" and self.waiting.pop(message["key"], None):
            self.send(client, {"withdrawn": message["key"]})
        elif message["op"] == "list":
            self.send(client, {"running": {job.key: pid for pid, job in self.running.items()}})

    def fill(self) -> None:
        """Start what waits, in the order in which it came, while there is room for it."""
        while self.waiting:
            key, (_, job) = next(iter(self.waiting.items()))
            if len(self.running) >= job.get("room", math.inf):
                return
            del self.waiting[key]
            self.start(job)

    def start(self, job: dict) -> None:
        try:
            status = os.open(
                job["status"], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600
            )
        except FileExistsError:
            return self.tell({"ended": job["key"]})  # started before: its file says what became of it
        except OSError as error:
            return self.tell({"ended": job["key"], "error": str(error)})
        try:
            # Takes a block of the disk, so that there is room for how it ends whatever its log needs.
            os.write(status, b"\n")
        except OSError as error:
            os.unlink(job["status"])
            os.close(status)
            return self.tell({"ended": job["key"], "error": str(error)})
        before = ticks()
        try:
            pid = self.spawn(job)
        except OSError as error:
            reason = f"error {error.strerror}: {error.filename or job['argv'][0]}"
            return self.end(Job(job["key"], status, "", time.monotonic()), reason)
        except ValueError as error:  # an environment or an argument that no process can have
            return self.end(Job(job["key"], status, "", time.monotonic()), f"error {error}")
        line = f"pid {pid} {self.start_time(pid, before)} {self.boot}\n"
        most, pack = job.get("most", 0), job.get("pack", 0)
        self.running[pid] = Job(job["key"], status, line, time.monotonic(), job["log"], most, pack)
        _write(status, line)

    def start_time(self, pid: int, before: int) -> str:
        """When the process started: asking the kernel costs a fifth of starting it, so the clock is read.

        Whether both count alike is asked once.
        """
        after = ticks()
        if self.counts_alike is None:
            self.counts_alike = before <= start_ticks(pid) <= after
        return f"{before}-{after}" if self.counts_alike else str(start_ticks(pid))

    def spawn(self, job: dict) -> int:
        os.chdir(job["cwd"])  # posix_spawn takes no folder, and this process has no other use for one
        log_flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.posix_spawn(
            job["argv"][0],
            job["argv"],
            job["env"],
            file_actions=(
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, job["log"], log_flags, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ),
            setsid=True,
            setsigdef=RESET_SIGNALS,
        )

    def reap(self) -> None:
        """Write down how jobs ended, each before its process goes: who finds neither may call it lost."""
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None:
                return
            if found.si_pid in self.running:
                word = "exit" if found.si_code == os.CLD_EXITED else "signal"
                job = self.running.pop(found.si_pid)
                self.logs.leave(found.si_pid, job)
                self.end(job, f"{word} {found.si_status}")
            os.waitpid(found.si_pid, 0)

    def end(self, job: Job, line: str) -> None:
        line = line.replace("\n", " ") + "\n"
        message = {"ended": job.key}
        if _write(job.status, line):
            message |= {"status": job.begun + line, "seconds": time.monotonic() - job.since}
        os.close(job.status)
        self.tell(message)

    def tell(self, message: dict) -> None:
        for client in list(self.clients):
            self.send(client, message)

    def send(self, client: socket.socket, message: dict) -> None:
        try:
            client.send(json.dumps(message).encode(), socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
        except OSError:
            self.drop(client)  # it reads the status files when it comes back

    def drop(self, client: socket.socket) -> None:
        if client in self.clients:
            self.clients.discard(client)
            # Whoever asked for these may have died and been given up by now: who still wants them asks again.
            self.waiting = {key: one for key, one in self.waiting.items() if one[0] is not client}
            self.selector.unregister(client)
            client.close()


class Logs:
    """How far the logs of running jobs are, by pid."""

    def __init__(self) -> None:
        #: The size that was noted last, when, and the size at which its keeper was started last.
        self.seen: dict[int, tuple[int, float, int]] = {}

    def look(self, pid: int, job: Job) -> None:
        size, noted_at, kept = self.seen.get(pid, (0, 0.0, 0))
        now, found = time.monotonic(), _size(job.log)
        if found != size and now - noted_at >= (now - job.since) / MARKS_AN_AGE:
            _note(job.log, found)
            size, noted_at = found, now
        if found - kept >= _step(job):
            _keep(job)
            kept = found
        self.seen[pid] = size, noted_at, kept

    def leave(self, pid: int, job: Job) -> None:
        """It ended. One that was never looked at took no longer than until the next look."""
        size, _, _ = self.seen.pop(pid, (-1, 0.0, 0))
        if size < 0:
            return
        found = _size(job.log)
        if found != size:
            _note(job.log, found)
        if found >= _step(job):
            _keep(job, "ended")


def _step(job: Job) -> float:
    """How far a log grows until its keeper is started."""
    return min((size for size in (job.pack, job.most // 2) if size), default=math.inf)


def _note(log: str, size: int) -> None:
    with contextlib.suppress(OSError):
        file = os.open(f"{log}.times", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, MARK.pack(time.time_ns() // 10**6, size))
        finally:
            os.close(file)


def _keep(job: Job, *words: str) -> None:
    with contextlib.suppress(OSError):
        os.chdir("/")
        os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", KEEPER, job.log, str(job.most), str(job.pack), *words],
            {"PATH": os.defpath},
            file_actions=tuple((os.POSIX_SPAWN_OPEN, one, os.devnull, os.O_RDWR, 0) for one in range(3)),
            setsid=True,
            setsigdef=RESET_SIGNALS,
        )


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def ticks() -> int:
    """Now, in clock ticks since boot."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) * TICKS_A_SECOND // 10**9


def start_ticks(pid: int) -> int:
    """When the process started, in clock ticks since boot; with the pid it is unique. 0 when it is gone."""
    stat = _read(f"/proc/{pid}/stat")
    return int(stat.rpartition(")")[2].split()[19]) if stat else 0


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _write(file: int, text: str) -> bool:
    try:
        return os.write(file, text.encode()) > 0
    except OSError:  # a full disk: the warden sees a job without a result
        return False


def main(path: str) -> None:
    if os.fork():
        os._exit(0)
    os.setsid()
    os.umask(0o077)  # of what jobs write as well, unless they choose another one
    # It holds environments of jobs, and jobs may be processes of the same user.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    lock = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # another one tends this host
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, lambda *_: None)  # not SIG_IGN, which the jobs would inherit
    Shepherd(path).serve()


if __name__ == "__main__":
    main(sys.argv[1])
