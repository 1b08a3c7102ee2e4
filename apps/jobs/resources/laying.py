"""What an attempt is to fetch before it starts, and the command that fetches it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings

from apps.jobs.errors import JobError
from apps.jobs.kinds.contract import Command
from apps.jobs.models import Resource
from apps.jobs.modules import module_argv, module_env
from apps.jobs.reasons import path_beside
from apps.jobs.resources.aliases import OURS, check_aliases
from apps.jobs.resources.fetch import Item, Spec
from apps.jobs.resources.tokens import MOST_TOKENS, replaced, safe_name, tokens_in
from apps.jobs.storage import BadAddress, StorageError, parse_address
from apps.jobs.storage.addresses import join_secret, masked
from apps.jobs.stores import Stores

#: A path in which a shell finds nothing to take apart.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/")
#: What of its environment the fetching process has: by these it is found when it has to be ended.
MARKS = ("HEADRACE_RUN", "HEADRACE_OUTPUTS")


@dataclass(frozen=True, slots=True)
class Laying:
    """The files of one attempt. `command` is the job's, with its tokens replaced by where they will lie."""

    command: Command
    items: list[Item]
    folder: Path
    base: Path

    def wrapped(self, argv: Sequence[str], env: Mapping[str, str]) -> tuple[Command, dict[str, str]]:
        """What fetches them and then becomes `argv`, and the environment that this is to have.

        The spec is the script of the command: it holds keys, so only its owner may read it.
        """
        spec = Spec(
            argv=list(argv),
            env=dict(env),
            items=self.items,
            folder=str(self.folder),
            reason=str(path_beside(self.base.with_name(self.base.name + ".status"))),
            runs=str(Path(settings.HEADRACE_HOME) / "runs"),
            cache=str(Path(settings.HEADRACE_HOME) / "cache" / "resources"),
            cache_bytes=settings.HEADRACE_CACHE_BYTES,
            outbound_allow=list(settings.HEADRACE_OUTBOUND_ALLOW),
        )
        path = self.base.with_name(self.base.name + ".fetch.json")
        run = module_argv("apps.jobs.resources.fetch", str(path))
        own = {"PATH": os.defpath, **module_env()}
        own |= {name: env[name] for name in MARKS if name in env}
        return Command(run, script=(path, spec.to_json())), own


def laying_of(
    project_id: int, job: int | None, resources: Sequence[Sequence[str]], command: Command, base: Path
) -> Laying | None:
    """What the attempt at `base` has to fetch; None when it needs nothing. Raises JobError."""
    tokens = tokens_in(_texts(command))
    if not resources and not tokens:
        return None
    if len(tokens) > MOST_TOKENS:
        raise JobError(
            f"its content names {len(tokens)} ossref:// objects; {MOST_TOKENS} are fetched at most"
        )
    pairs = [(path, alias) for path, alias in resources]
    try:
        names = check_aliases(pairs)
    except BadAddress as wrong:
        raise JobError(f"its files are refused: {wrong}") from None
    stores = Stores(project_id)
    secrets = _secrets(job) if any("@" in path for path, _alias in pairs) else {}
    folder = Path(settings.HEADRACE_HOME) / "files" / f"{base.parent.name}.{base.name}"
    items = [
        _item(stores, join_secret(path, secrets.get(path, "")), name)
        for (path, _alias), name in zip(pairs, names, strict=True)
    ]
    targets = {
        token: f"{OURS}/{number}/{safe_name(token.rpartition('/')[2])}"
        for number, token in enumerate(tokens, 1)
    }
    items += [_item(stores, token, target) for token, target in targets.items()]
    paths = {token: _path_in(folder, target) for token, target in targets.items()}
    return Laying(_with_paths(command, paths) if paths else command, items, folder, base)


def _texts(command: Command) -> list[str]:
    return [*command.argv, command.script[1]] if command.script else command.argv


def _with_paths(command: Command, paths: Mapping[str, str]) -> Command:
    by = paths.__getitem__
    argv = [replaced(argument, by) for argument in command.argv]
    script = (command.script[0], replaced(command.script[1], by)) if command.script else None
    return replace(command, argv=argv, script=script)


def _item(stores: Stores, text: str, target: str) -> Item:
    shown = masked(text)
    try:
        spot = stores.spot(parse_address(text))
    except (BadAddress, StorageError) as wrong:
        raise JobError(f"{shown} cannot be fetched: {wrong}") from None
    return Item(shown, target, spot.place, spot.bucket, spot.key)


def _secrets(job: int | None) -> dict[str, str]:
    rows = Resource.objects.filter(job=job).exclude(secret="")
    return dict(rows.values_list("path", "secret"))


def _path_in(folder: Path, target: str) -> str:
    """Where it lies, in words that no shell takes apart: below the working directory, if need be."""
    whole = str(folder / target)
    return whole if _PLAIN.issuperset(whole) else target
