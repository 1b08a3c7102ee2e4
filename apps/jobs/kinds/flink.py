"""Flink: its command line client."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds import readings
from apps.jobs.kinds.contract import Command, Kind, Work
from apps.jobs.kinds.words import words_of


def command(work: Work) -> Command:
    """The content is the arguments of flink. On YARN its application gets our tag and queue."""
    action, *rest = words_of(work.content, "flink")
    return Command([work.find("flink"), action, *_on_yarn(work, action, rest), *rest])


def _on_yarn(work: Work, action: str, words: list[str]) -> list[str]:
    if action not in ("run", "run-application") or not any("yarn" in word for word in words):
        return []
    option = "-yD" if "yarn-cluster" in words else "-D"
    settings = [f"yarn.tags={work.tag}", *([f"yarn.application.queue={work.queue}"] if work.queue else [])]
    # `-yD` takes its setting as a word of its own, `-D` in the same one.
    return [
        word for setting in settings for word in ((option, setting) if option == "-yD" else ("-D" + setting,))
    ]


FLINK = Kind(
    name="FLINK",
    label="Flink",
    family="spark",
    icon="waves-horizontal",
    mode="sh",
    shape="flinkJobNode",
    programs=("flink",),
    homes=("FLINK_HOME",),
    command=command,
    about=_("A Flink application: the arguments of flink."),
    outside={"yarn": readings.YARN_APPLICATION},
    starter="run -m yarn-cluster -c org.example.Main ossref://bucket/app.jar\n",
)
