"""HEADRACE_HOME, the folder that holds all state, and the short private one for sockets.

Plain Python: it runs before the settings can be read, because they read what it makes.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import stat
import tempfile
from pathlib import Path

#: What the settings look for: the variable that may hold the keys, else the file below the home.
KEYS = (
    ("HEADRACE_SEAL_KEYS", "seal.key", lambda: base64.urlsafe_b64encode(os.urandom(32)).decode()),
    ("HEADRACE_SECRET_KEY", "secret.key", lambda: secrets.token_urlsafe(50)),
)
#: A socket's path may have about 100 bytes; the longest name we put below this has 20.
LONGEST_RUNTIME = 70


class Refused(Exception):
    """Headrace cannot start; the message says why and what to do."""


def make_home(home: Path) -> bool:
    """Make the folder and the keys that are missing. True when a key was made."""
    try:
        return _fill_home(home)
    except OSError as error:
        raise Refused(
            f"HEADRACE_HOME={home} cannot be used ({error.strerror}). "
            "It must be a folder that Headrace may write to; set HEADRACE_HOME to one."
        ) from None


def _fill_home(home: Path) -> bool:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.stat().st_uid == os.getuid() and home.stat().st_mode & 0o007:
        # Somebody made it for us. Its files are for no other user of this machine.
        home.chmod(stat.S_IMODE(home.stat().st_mode) & ~0o007)
    (home / "logs").mkdir(mode=0o700, exist_ok=True)
    missing = [
        (home / file, make)
        for variable, file, make in KEYS
        if not os.environ.get(variable) and not (home / file).exists()
    ]
    for path, make in missing:
        _write_once(path, make() + "\n")
    return bool(missing)


def _write_once(path: Path, text: str) -> None:
    """Write a whole private file or nothing; the first of two writers wins."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # mkstemp's mode is 600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)


def lock_home(home: Path) -> None:
    """Take the home for this process; the kernel lets it go when the process ends, however it does."""
    handle = os.open(home / "launcher.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 32).decode().strip() or "unknown"
        raise Refused(
            f"Headrace is already running with HEADRACE_HOME={home} (process {holder}). "
            "Stop it first, or start a second installation with another HEADRACE_HOME and PORT."
        ) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())


def make_runtime(home: Path) -> Path:
    """The folder for sockets: HEADRACE_RUNTIME, else a private one in /tmp that `home/run` links to.

    The link is what lets every other command of the same home find it, and what lets a
    shepherd that outlived the last start be found again.
    """
    given = os.environ.get("HEADRACE_RUNTIME")
    if given:
        runtime = Path(given).resolve()
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        if len(os.fsencode(runtime)) > LONGEST_RUNTIME:
            raise Refused(f"HEADRACE_RUNTIME={runtime} is too long: sockets need a path of about 100 bytes.")
        return runtime
    link = home / "run"
    if _is_private_folder(link.resolve()) and link.is_symlink():
        return link.resolve()
    runtime = Path(tempfile.mkdtemp(prefix="headrace-", dir=_short_folder()))
    fresh = home / f".run-{os.getpid()}"
    fresh.symlink_to(runtime)
    try:
        fresh.replace(link)
    except OSError:
        fresh.unlink()
        raise Refused(f"{link} is in the way: it must be a link made by Headrace. Move it away.") from None
    return runtime


def _short_folder() -> str:
    folder = tempfile.gettempdir()
    return folder if len(os.fsencode(folder)) <= LONGEST_RUNTIME // 2 else "/tmp"


def _is_private_folder(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
