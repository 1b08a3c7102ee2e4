"""Presto and Trino, which take the same options by different names of their environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds import readings
from apps.jobs.kinds.contract import Command, Kind, Text, Work
from apps.jobs.kinds.rows import ROW_LIMIT, is_one_table, shown_content
from apps.jobs.kinds.words import beside, has_option, option_words

#: What is said unless the author says otherwise: where tables are looked up, and rows as a table.
DEFAULTS = (("--catalog", "hive"), ("--schema", "default"), ("--output-format", "CSV_HEADER"))


def command(name: str, programs: tuple[str, ...], work: Work) -> Command:
    """`presto <options> -f SCRIPT`: options of the environment, then of custom variables."""
    program, upper = work.find(*programs), name.upper()
    options = option_words(work, f"{upper}_CLI_PARAMS")
    for option, value in _of_variables(f"_{name}.", work.variables):
        if not has_option(options, option):
            options += [option, value] if value else [option]
    password = work.env.get(f"{upper}_PASSWORD") or work.variables.get(f"{name}.password", "")
    if password and not has_option(options, "--password"):
        options.append("--password")
    for option, value in DEFAULTS:
        if not has_option(options, option):
            options += [option, value]
    script, content = beside(work, ".sql"), shown_content(work)
    env = {f"{upper}_PASSWORD": password} if password else {}
    # It does not tell where the rows of a statement end: of several all are in the log alone.
    rows = "csv" if "CSV_HEADER" in options and is_one_table(content) else ""
    return Command([program, *options, "-f", str(script)], script=(script, content), env=env, rows=rows)


def _of_variables(prefix: str, variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """`_presto.user` = `ann` as `--user ann`; what is only on or off stands alone, or not at all.

    >>> list(_of_variables("_presto.", {"_presto.user": "ann", "_presto.debug": "true", "other": "1"}))
    [('--debug', ''), ('--user', 'ann')]
    """
    for name, value in sorted(variables.items()):
        if name.startswith(prefix) and value.lower() != "false":
            yield f"--{name.removeprefix(prefix)}", "" if value.lower() == "true" else value


def _kind(name: str, label: str, about: Text, programs: tuple[str, ...]) -> Kind:
    run: Callable[[Work], Command] = partial(command, name, programs)
    return Kind(
        name=f"{name.upper()}_SQL",
        label=f"{label} SQL",
        family="sql",
        icon="database",
        mode="sql",
        shape=f"{name}SQLJobNode",
        programs=programs,
        command=run,
        about=about,
        settings=(ROW_LIMIT,),
        progress=readings.bar,
        rows=True,
    )


PRESTO_SQL = _kind(
    "presto",
    "Presto",
    _("Statements for Presto. Options for it stand in the environment as PRESTO_CLI_PARAMS."),
    ("presto", "presto-cli"),
)
TRINO_SQL = _kind(
    "trino",
    "Trino",
    _("Statements for Trino. Options for it stand in the environment as TRINO_CLI_PARAMS."),
    ("trino", "trino-cli"),
)
