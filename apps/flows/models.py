from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from apps.drawings.models import Document
from apps.engine.plan import Bypass
from apps.engine.rules import OnFailure, TriggerRule
from apps.engine.states import CLAIMED, State
from apps.flows.backfilled import Backfill, BackfillTime
from apps.flows.cluster_jobs import ClusterJob
from apps.flows.happenings import RunEnd, RunEvent
from apps.flows.recoveries import Recovery
from apps.flows.scheduled import Dependency, Output, Schedule, SkippedFire
from apps.jobs.models import MAX_SECONDS, Frozen, Job
from apps.lib.ids import HasRef, UidField
from apps.lib.sealed import SealedTextField
from apps.projects.models import Cluster, Folder, Host, Project, User

__all__ = [
    "Attempt",
    "Backfill",
    "BackfillTime",
    "ClusterJob",
    "Dependency",
    "Flow",
    "FlowJob",
    "Heartbeat",
    "NodeRun",
    "Output",
    "Recovery",
    "Revision",
    "Run",
    "RunEnd",
    "RunEvent",
    "Schedule",
    "SkippedFire",
]

#: For queries of what hosts are busy with. Spelled out and not bound: only so does SQLite see that
#: the partial index holds all that is asked for, and half a million node runs are not read each second.
BUSY_STATES = tuple(RawSQL(f"'{state}'", ()) for state in sorted(CLAIMED))
STATES = [(state.value, state.value.replace("_", " ").capitalize()) for state in State]


class Flow(HasRef, models.Model):
    """A graph of jobs.

    `alert_rules` is a list of {event, enabled, user_groups, dingtalk_groups} with public
    group ids; alerts reads it, flows only keeps it with the flow, its clones and revisions.
    """

    uid = UidField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="flows")
    folder = models.ForeignKey(Folder, models.PROTECT, related_name="flows")
    name = models.CharField(_("name"), max_length=128)
    description = models.CharField(_("description"), max_length=1024, blank=True)
    document = models.OneToOneField(Document, models.PROTECT, related_name="flow")
    cluster = models.ForeignKey(Cluster, models.SET_NULL, null=True, blank=True, related_name="+")
    cluster_id_given = models.CharField(max_length=64, blank=True)
    create_cluster = models.BooleanField(default=False)
    host_name = models.CharField(_("host"), max_length=253, blank=True)
    #: Seconds that a run may take, and a ready node wait for a host. Zero is any time.
    run_timeout = models.PositiveIntegerField(
        _("time limit of a run, s"), default=0, validators=[MaxValueValidator(MAX_SECONDS)]
    )
    start_timeout = models.PositiveIntegerField(
        _("nodes start within, s"), default=0, validators=[MaxValueValidator(MAX_SECONDS)]
    )
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    alert_rules = models.JSONField(default=list, blank=True)
    #: Settings of a dialect that nothing here acts on, given back as they came.
    dialect_settings = models.JSONField(default=dict, blank=True)
    source_dialect = models.CharField(max_length=16, blank=True)
    source_text = models.TextField(blank=True)
    published = models.ForeignKey("Revision", models.SET_NULL, null=True, blank=True, related_name="+")
    #: Of two that wait for the same place, the higher goes first; its runs and their nodes take it over.
    priority = models.SmallIntegerField(_("priority"), default=0)
    #: How many runs of it, and nodes of them, may go on at once. Zero is any number.
    max_runs = models.PositiveSmallIntegerField(_("runs at once"), default=0)
    max_nodes = models.PositiveSmallIntegerField(_("nodes at once"), default=0)
    #: Whether it runs by itself when its parents have, where it has no cron of its own.
    follows = models.BooleanField(_("runs after its parents"), default=True)
    #: Seconds after its nominal time before which a run that starts by itself does not begin.
    delay = models.PositiveIntegerField(_("delay, s"), default=0)
    #: Seconds after which a run that still waits for its parents fails. Zero is never.
    wait_limit = models.PositiveIntegerField(_("give up waiting after, s"), default=0)
    #: Since when no run of it begins.
    paused_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    modified_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("project", "name"), name="flow_name_once_a_project"),)

    def __str__(self) -> str:
        return self.name

    @property
    def edit_subject(self) -> int:
        """What an edit lock of the flow is for."""
        return self.document.uid


class FlowJob(models.Model):
    """Which jobs a flow's drawing names, so that "who uses this job" is one query."""

    flow = models.ForeignKey(Flow, models.CASCADE, related_name="uses")
    job = models.ForeignKey(Job, models.CASCADE, related_name="used_by")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("flow", "job"), name="job_once_a_flow"),)

    def __str__(self) -> str:
        return f"{self.flow} uses {self.job}"


class Revision(HasRef, models.Model):
    """A flow (or a single job) as it ran or was published. Never changed.

    `nodes` is the graph as the engine runs it: a list in drawing order of
    {id, name, kind, job, digest, children, ...} (see `revisions.compile_nodes`), where
    `children` are ordinals into the same list.
    """

    uid = UidField()
    flow = models.ForeignKey(Flow, models.CASCADE, null=True, blank=True, related_name="revisions")
    job = models.ForeignKey(Job, models.CASCADE, null=True, blank=True, related_name="revisions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    drawing = models.TextField()
    nodes = models.JSONField()
    frozen = models.ManyToManyField(Frozen, related_name="revisions")
    settings = models.JSONField(default=dict)
    #: Seconds that a run of it may take, and the shortest that one of its nodes may wait for a host.
    time_limit = models.PositiveIntegerField(null=True, blank=True)
    start_limit = models.PositiveIntegerField(null=True, blank=True)
    alert_rules = models.JSONField(default=list)
    message = models.CharField(max_length=256, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("flow", "number"), name="revision_once_a_flow"),
            models.UniqueConstraint(fields=("job", "number"), name="revision_once_a_job"),
        )

    def __str__(self) -> str:
        return f"r{self.number}"


class Run(HasRef, models.Model):
    """One execution of a revision for one nominal time.

    `seq` counts the events of the run and is raised under the run's row lock, so events
    become visible in its order. `active` is how many node runs are neither waiting nor
    ended: the run is over when it reaches zero.
    """

    class Trigger(models.TextChoices):
        MANUAL = "manual", _("By hand")
        SCHEDULE = "schedule", _("By schedule")
        API = "api", _("By API")
        PARENT = "parent", _("By a parent flow")
        BACKFILL = "backfill", _("Backfill")
        SUB_FLOW = "sub_flow", _("By a node of another run")

    uid = UidField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="runs", db_index=False)
    flow = models.ForeignKey(Flow, models.CASCADE, null=True, blank=True, related_name="runs", db_index=False)
    job = models.ForeignKey(Job, models.CASCADE, null=True, blank=True, related_name="runs", db_index=False)
    revision = models.ForeignKey(Revision, models.RESTRICT, related_name="runs")
    parent = models.ForeignKey("NodeRun", models.CASCADE, null=True, blank=True, related_name="children")
    iteration = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=128)
    #: What whoever started it calls it, where that is not just the name of the flow.
    title = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=16, choices=STATES, default=State.WAITING)
    trigger = models.CharField(max_length=16, choices=Trigger, default=Trigger.MANUAL)
    nominal_at = models.DateTimeField()
    params = models.JSONField(default=dict, blank=True)
    #: Of what was given for it, JSON of what goes by the name of a secret; `params` has it hidden.
    secret_params = SealedTextField(blank=True)
    #: Which nodes it is of, when not of all: {"nodes": [id, …], "reach": …, "disabled": [id, …]}.
    selection = models.JSONField(null=True, blank=True)
    priority = models.SmallIntegerField(default=0)
    generation = models.PositiveIntegerField(default=1)
    seq = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    active = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    #: A node failed in a way that fails the run.
    broken = models.BooleanField(default=False)
    #: Nothing new starts; what runs may finish.
    halting = models.BooleanField(default=False)
    #: Node runs that could not be killed.
    stuck = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=512, blank=True)
    #: Whether it begins only when what its flow waits for has succeeded.
    heeds_parents = models.BooleanField(default=True)
    #: Why it has not begun (see `engine.admission`), what it waits for, since when, and when to look again.
    wait_code = models.CharField(max_length=16, blank=True)
    # Null and not empty: only so does SQLite leave those that do not wait out of the index.
    wait_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001
    wait_detail = models.JSONField(null=True, blank=True)
    wait_since = models.DateTimeField(null=True, blank=True)
    check_at = models.DateTimeField(null=True, blank=True)
    #: Its flow or its project bounds how many nodes run at once.
    limited = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-id",)
        constraints = (
            # One run by itself for each nominal time, whatever number of schedulers there are.
            models.UniqueConstraint(
                fields=("flow", "nominal_at"),
                condition=Q(trigger__in=("schedule", "parent")),
                name="fire_once",
            ),
            # One run for each try of a node, whatever number of schedulers there are.
            models.UniqueConstraint(
                fields=("parent", "iteration"), condition=Q(parent__isnull=False), name="called_once"
            ),
        )
        # A foreign key that one of these begins with has no index of its own: each costs every write.
        indexes = (
            models.Index(fields=("project", "-id"), name="run_of_project"),
            models.Index(fields=("flow", "-id"), name="run_of_flow"),
            models.Index(fields=("job", "-id"), name="run_of_job"),
            models.Index(fields=("project", "id"), condition=Q(ended_at__isnull=True), name="run_open"),
            models.Index(fields=("flow", "id"), condition=Q(ended_at__isnull=True), name="run_open_of_flow"),
            # What others wait for is found by its time, and who waits by what they wait for.
            models.Index(fields=("flow", "nominal_at"), name="run_of_time"),
            models.Index(
                fields=("wait_key", "-priority", "nominal_at", "id"),
                condition=Q(wait_key__isnull=False),
                name="run_that_waits",
            ),
            models.Index(fields=("check_at",), condition=Q(check_at__isnull=False), name="run_to_check"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.ref}"


class NodeRun(HasRef, models.Model):
    """One node of a run. The claim (host, token) is the right to report about it.

    `ordinal` is the node's place in the drawing. `token` grows with every claim: a report
    that carries an older one is late and changes nothing. `unmet` counts the parents that
    have not ended, `bad` those that ended in a way that does not let this node start.
    """

    uid = UidField()
    run = models.ForeignKey(Run, models.CASCADE, related_name="node_runs", db_index=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="node_runs", db_index=False)
    ordinal = models.PositiveIntegerField()
    node = models.CharField(max_length=64)
    name = models.CharField(max_length=128, blank=True)
    kind = models.CharField(max_length=32)
    job = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="node_runs", db_index=False
    )
    frozen = models.ForeignKey(Frozen, models.PROTECT, null=True, blank=True, related_name="node_runs")
    cluster = models.ForeignKey(
        Cluster, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    host_name = models.CharField(max_length=253, blank=True)
    #: Which hosts of the cluster run it (see `engine.routing`); empty where its host settles that.
    mode = models.CharField(max_length=8, blank=True)
    trigger_rule = models.CharField(max_length=16, choices=[(r, r) for r in TriggerRule])
    on_failure = models.CharField(max_length=16, choices=[(r, r) for r in OnFailure])
    max_retry = models.PositiveSmallIntegerField(default=0)
    retry_interval = models.PositiveIntegerField(default=0)
    timeout = models.PositiveIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=16, choices=STATES, default=State.WAITING)
    unmet = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    token = models.PositiveIntegerField(default=0)
    host = models.ForeignKey(
        Host, models.SET_NULL, null=True, blank=True, related_name="node_runs", db_index=False
    )
    ready_at = models.DateTimeField(null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    exit_code = models.IntegerField(null=True, blank=True)
    reason = models.CharField(max_length=512, blank=True)
    #: Why it is passed by when its turn comes.
    bypass = models.CharField(max_length=16, choices=[(b, b) for b in Bypass], blank=True)
    #: How many of its bad parents a branch left out.
    left_out = models.PositiveIntegerField(default=0, db_default=0)
    #: The ways that it took, of a branch.
    ports = models.JSONField(null=True, blank=True)
    inputs = models.JSONField(null=True, blank=True)
    outputs = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ("ordinal",)
        constraints = (models.UniqueConstraint(fields=("run", "ordinal"), name="node_run_once"),)
        indexes = (
            # What a warden claims next, what a tick wakes, and what a host is busy with.
            models.Index(
                fields=("cluster", "-priority", "id"), condition=Q(state="ready"), name="node_run_ready"
            ),
            models.Index(fields=("wake_at",), condition=Q(wake_at__isnull=False), name="node_run_due"),
            models.Index(
                fields=("host",), condition=Q(state__in=("running", "stopping")), name="node_run_busy"
            ),
            models.Index(fields=("job", "-id"), name="node_run_of_job"),
            models.Index(fields=("project", "-id"), name="node_run_of_project"),
        )

    def __str__(self) -> str:
        return f"{self.name or self.node} of {self.run_id}"


class Attempt(models.Model):
    """One try of a node run. Its state is what `ended_at`, `exit_code` and `end` say."""

    class End(models.TextChoices):
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        KILLED = "killed", _("Killed")
        LOST = "lost", _("Lost")

    node_run = models.ForeignKey(NodeRun, models.CASCADE, related_name="attempts", db_index=False)
    number = models.PositiveIntegerField()
    token = models.PositiveIntegerField()
    host = models.ForeignKey(Host, models.SET_NULL, null=True, related_name="attempts", db_index=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=16, choices=End, blank=True)
    exit_code = models.IntegerField(null=True, blank=True)
    reason = models.CharField(max_length=512, blank=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("node_run", "number"), name="attempt_once"),)

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.node_run_id}"


class Heartbeat(models.Model):
    """When a service last said that it works."""

    service = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.service
