"""Rows that a program prints for a SELECT: how many it is asked for, and that they are kept."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from apps.jobs.keep_rows import MOST_ROWS, PYTHONPATH
from apps.jobs.kinds.contract import Command, JobError, Setting, Work
from apps.jobs.modules import module_argv, module_env
from apps.jobs.sql.text import PLAIN, Dialect, limited, statements

ROW_LIMIT = Setting(
    "row_limit",
    _("Rows of a SELECT"),
    type="number",
    default=str(MOST_ROWS),
    help=_(
        "What a SELECT without a LIMIT of its own is limited to; 0 leaves it as it is."
        " At most 2,000 rows are kept and shown."
    ),
)


def shown_content(work: Work, dialect: Dialect = PLAIN) -> str:
    """The statements of the content, each SELECT limited as the settings say."""
    limit = row_limit(work)
    return limited(work.content, limit, dialect) if limit else work.content


def row_limit(work: Work) -> int:
    limit = work.options.get(ROW_LIMIT.name) or ROW_LIMIT.default
    if not limit.isdecimal():
        raise JobError(f"its setting {ROW_LIMIT.name} must be a whole number, not {limit!r}")
    return int(limit)


def is_one_table(content: str) -> bool:
    """Whether all that a program prints for the content is one table."""
    return len(statements(content)) == 1


def keeping_rows(work: Work, command: Command) -> Command:
    """The command beneath one that keeps what rows it prints, where it says how they stand there."""
    if not command.rows:
        return command
    theirs = {PYTHONPATH: work.env["PYTHONPATH"]} if "PYTHONPATH" in work.env else {}
    keeper = module_argv("apps.jobs.keep_rows", str(work.result_of(work.task)), command.rows)
    return replace(
        command,
        argv=[*keeper, *command.argv],
        env={**command.env, **module_env(), **theirs},
    )
