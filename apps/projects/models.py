from __future__ import annotations

from types import MappingProxyType

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.lib.ids import HasRef, UidField
from apps.lib.sealed import SealedTextField, Unreadable
from apps.projects.endpoints import HELP, validate_endpoints


class User(HasRef, AbstractUser):
    """A person who signs in, with how they like to read."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    uid = UidField()
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)


class Counter(models.Model):
    """The small public numbers that some callers expect (a DataWorks ProjectId)."""

    name = models.CharField(max_length=32, primary_key=True)
    value = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class Project(HasRef, models.Model):
    uid = UidField()
    number = models.BigIntegerField(unique=True, editable=False)
    name = models.CharField(_("name"), max_length=128, unique=True)
    description = models.CharField(_("description"), max_length=1024, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    #: For how many days what is kept, where it differs from the installation's (see `retention`).
    retention = models.JSONField(default=dict, blank=True)
    #: How many runs, and nodes of them, may go on at once. Zero is any number.
    max_runs = models.PositiveSmallIntegerField(_("runs at once"), default=0)
    max_nodes = models.PositiveSmallIntegerField(_("nodes at once"), default=0)
    #: Since when no run begins.
    paused_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer")
    OPERATOR = "operator", _("Operator")
    EDITOR = "editor", _("Editor")
    ADMIN = "admin", _("Admin")


class Member(models.Model):
    """A user's role in a project.

    `user` is empty for a member who was named through an API before an account of that
    name existed: shown as such, and without any right.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="memberships")
    user_name = models.CharField(_("user name"), max_length=150)
    account_id = models.CharField(_("account id"), max_length=64, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.EDITOR)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("user_name",)
        constraints = (
            models.UniqueConstraint(fields=("project", "user_name"), name="member_name_once_a_project"),
            models.UniqueConstraint(
                fields=("project", "user"), condition=Q(user__isnull=False), name="member_user_once_a_project"
            ),
        )

    def __str__(self) -> str:
        return self.user_name


class Tree(models.TextChoices):
    JOB = "JOB", _("Jobs")
    FLOW = "FLOW", _("Flows")
    ADHOC = "ADHOC", _("Ad-hoc jobs")


class Folder(HasRef, models.Model):
    """A folder of one tree; the root of each tree has no parent and is made with the project."""

    uid = UidField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="folders")
    tree = models.CharField(max_length=8, choices=Tree)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(_("name"), max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("project", "tree"), condition=Q(parent__isnull=True), name="one_root_a_tree"
            ),
            models.UniqueConstraint(fields=("parent", "name"), name="folder_name_once_a_parent"),
        )

    def __str__(self) -> str:
        return self.name


class Variable(models.Model):
    """A value that every job of the project may name as ${name}."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="variables")
    name = models.CharField(_("name"), max_length=128)
    value = SealedTextField(_("value"), blank=True)
    secret = models.BooleanField(_("secret"), default=False)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("project", "name"), name="variable_once_a_project"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_unreadable(self) -> bool:
        """Whether it is sealed with a key that is not here."""
        return isinstance(self.value, Unreadable)


class Connection(models.Model):
    """A database that jobs of the project may ask.

    Callers of the Nebula dialect name one by address and port as they know it; `known_as`
    holds such names where they differ from what is dialled from here.
    """

    class Kind(models.TextChoices):
        NEBULA = "nebula", "NebulaGraph"
        POSTGRESQL = "postgresql", "PostgreSQL"
        MYSQL = "mysql", "MySQL, MariaDB"
        SQLITE = "sqlite", "SQLite"

    #: The port that each listens at unless told otherwise.
    PORTS = MappingProxyType({"nebula": 9669, "postgresql": 5432, "mysql": 3306, "sqlite": 0})

    project = models.ForeignKey(Project, models.CASCADE, related_name="connections")
    name = models.CharField(_("name"), max_length=64)
    #: One of Kind, or the name of a database that a package of somebody else brings.
    kind = models.CharField(_("kind of database"), max_length=32, default=Kind.NEBULA)
    address = models.CharField(_("address"), max_length=253, blank=True)
    port = models.PositiveIntegerField(_("port"), default=0)
    user_name = models.CharField(_("user name"), max_length=128, blank=True)
    password = SealedTextField(_("password"), blank=True)
    database = models.CharField(
        _("database"),
        max_length=512,
        blank=True,
        help_text=_(
            "Used by jobs that name none. Of a NebulaGraph the graph space, of SQLite the path of the file."
        ),
    )
    options = models.CharField(
        _("options"),
        max_length=512,
        blank=True,
        help_text=_("For the driver: name=value, separated by spaces, like sslmode=require."),
    )
    known_as = models.CharField(
        _("also known as"),
        max_length=512,
        blank=True,
        help_text=_("Other addresses that callers name it by: address:port, separated by spaces."),
    )
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("project", "name"), name="connection_once_a_project"),)

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """What its kind of database is called."""
        return dict(self.Kind.choices).get(self.kind, self.kind)

    @property
    def dialled_port(self) -> int:
        return self.port or self.PORTS.get(self.kind, 0)

    def is_at(self, address: str, port: int) -> bool:
        """Whether callers mean this one by that address."""
        own = f"{self.address}:{self.dialled_port}"
        return f"{address}:{port}" in {own, *self.known_as.split()}


class Cluster(HasRef, models.Model):
    """Hosts that share a queue of work."""

    class Kind(models.TextChoices):
        LOCAL = "local", _("Local")
        HADOOP = "hadoop", _("Hadoop")

    uid = UidField()
    name = models.CharField(_("name"), max_length=128, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.LOCAL)
    endpoints = models.JSONField(
        _("endpoints"), default=dict, blank=True, help_text=HELP, validators=[validate_endpoints]
    )
    token = SealedTextField(
        _("token"), blank=True, help_text=_("What its endpoints are shown, as Kubernetes wants it.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Host(HasRef, models.Model):
    """A machine on which a worker runs; the worker registers it and keeps its heartbeat."""

    class Role(models.TextChoices):
        MASTER = "MASTER", _("Master")
        CORE = "CORE", _("Worker")
        GATEWAY = "GATEWAY", _("Gateway")

    uid = UidField()
    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="hosts")
    name = models.CharField(_("name"), max_length=253)
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.MASTER)
    address = models.CharField(_("address"), max_length=64, blank=True)
    slots = models.PositiveIntegerField(
        _("slots"), default=4, help_text=_("How many attempts may run at once.")
    )
    cores = models.PositiveIntegerField(_("cores"), default=0)
    memory_mb = models.PositiveIntegerField(_("memory in MB"), default=0)
    programs = models.JSONField(default=dict, blank=True)
    boot_id = models.CharField(max_length=64, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    #: Since when whoever watches hosts has not heard of it, and since when its attempts are given up.
    silent_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("cluster", "name"), name="host_once_a_cluster"),)

    def __str__(self) -> str:
        return self.name


class ClusterSetting(models.Model):
    """How a project may use a cluster. An empty list allows all."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="cluster_settings")
    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="settings")
    default_user = models.CharField(_("default user"), max_length=64, blank=True)
    default_queue = models.CharField(_("default queue"), max_length=64, blank=True)
    users = models.JSONField(_("allowed users"), default=list, blank=True)
    hosts = models.JSONField(_("allowed hosts"), default=list, blank=True)
    queues = models.JSONField(_("allowed queues"), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "cluster"), name="cluster_once_a_project"),)

    def __str__(self) -> str:
        return f"{self.project} on {self.cluster}"


class AuditEntry(models.Model):
    """Who did what to which thing, when and through which door."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="audit_entries")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    verb = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_uid = models.BigIntegerField()
    subject_name = models.CharField(max_length=256, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("project", "-id"), name="audit_of_project"),)
        verbose_name_plural = _("audit entries")

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind} {self.subject_name}"
