"""Whether a job asks of its cluster what its project may have, as far as that is known when it is saved."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from apps.engine.allowance import Allowance
from apps.jobs.checks import read_object
from apps.lib.errors import Invalid
from apps.projects.models import Cluster, ClusterSetting, Project

_REFUSED = {
    "user": gettext_lazy("This project may not use user %(asked)s on cluster %(cluster)s, only %(allowed)s."),
    "queue": gettext_lazy(
        "This project may not use queue %(asked)s on cluster %(cluster)s, only %(allowed)s."
    ),
}


def allowance_of(setting: ClusterSetting) -> Allowance:
    return Allowance(setting.default_user, setting.default_queue, setting.users, setting.queues)


def check_allowed(project: Project, cluster: Cluster | None, run_conf_text: str) -> None:
    """Raise Invalid when the run settings name a user or queue that the project may not use there.

    A job that names no cluster may run on any of the project: only where there is but one is it known.
    """
    asked = read_object(run_conf_text, field="run_conf_text")
    user, queue = str(asked.get("userName") or ""), str(asked.get("queue") or "")
    if not (user or queue):
        return
    settings = list(project.cluster_settings.select_related("cluster"))
    if cluster is not None:
        settings = [setting for setting in settings if setting.cluster_id == cluster.pk]
    if len(settings) != 1:
        return
    for refused in allowance_of(settings[0]).refusals(user, queue):
        if "${" in refused.asked:
            continue  # known when it runs
        said = {
            "asked": refused.asked,
            "allowed": ", ".join(refused.allowed),
            "cluster": settings[0].cluster.name,
        }
        raise Invalid(str(_REFUSED[refused.what]) % said, field="run_conf_text")
