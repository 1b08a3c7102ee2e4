from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.drawings.models import Document
from apps.jobs.storage.addresses import MASK, split_secret
from apps.lib.ids import HasRef, UidField
from apps.lib.sealed import SealedTextField
from apps.projects.models import Cluster, Folder, Project, User

#: What any caller may ask for; a dialect may allow less.
MAX_RETRY, MAX_RETRY_INTERVAL = 100, 86_400
#: The longest of limits by the clock: a year.
MAX_SECONDS = 366 * 86_400


class Job(HasRef, models.Model):
    """What to run. The `*_text` columns hold JSON as it was given, for those who read it back."""

    class FailAct(models.TextChoices):
        CONTINUE = "CONTINUE", _("Run what comes after it")
        STOP = "STOP", _("Stop the run")
        BLOCK = "BLOCK", _("Skip what comes after it")

    class Recurrence(models.TextChoices):
        NORMAL = "normal", _("Runs")
        SKIP = "skip", _("Succeeds without running")
        PAUSE = "pause", _("Fails without running")

    class Mode(models.TextChoices):
        LOCAL = "LOCAL", _("On a master or gateway host")
        YARN = "YARN", _("On a worker host")

    class Loss(models.TextChoices):
        AT_LEAST_ONCE = "at_least_once", _("Run it again")
        AT_MOST_ONCE = "at_most_once", _("Never run it twice")

    uid = UidField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="jobs")
    folder = models.ForeignKey(Folder, models.PROTECT, related_name="jobs")
    name = models.CharField(_("name"), max_length=128)
    kind = models.CharField(_("kind"), max_length=32)
    description = models.CharField(_("description"), max_length=1024, blank=True)
    content = models.TextField(_("content"), blank=True)
    document = models.OneToOneField(Document, models.PROTECT, null=True, blank=True, related_name="job")
    adhoc = models.BooleanField(_("ad hoc"), default=False)
    fail_act = models.CharField(_("when it fails"), max_length=8, choices=FailAct, default=FailAct.STOP)
    max_retry = models.PositiveSmallIntegerField(
        _("retries"), default=0, validators=[MaxValueValidator(MAX_RETRY)]
    )
    retry_interval = models.PositiveIntegerField(
        _("seconds between retries"), default=0, validators=[MaxValueValidator(MAX_RETRY_INTERVAL)]
    )
    retry_policy = models.TextField(blank=True)
    recurrence = models.CharField(
        _("when its turn comes"), max_length=8, choices=Recurrence, default=Recurrence.NORMAL
    )
    max_running_seconds = models.BigIntegerField(default=0)
    #: Seconds that its node may be ready and not started before that is told. Zero: as the flow says.
    start_timeout = models.PositiveIntegerField(
        _("starts within, s"), default=0, validators=[MaxValueValidator(MAX_SECONDS)]
    )
    mode = models.CharField(_("mode"), max_length=8, choices=Mode, default=Mode.LOCAL)
    loss_policy = models.CharField(
        _("when its host is lost"), max_length=16, choices=Loss, default=Loss.AT_LEAST_ONCE
    )
    cluster = models.ForeignKey(Cluster, models.SET_NULL, null=True, blank=True, related_name="+")
    cluster_id_given = models.CharField(max_length=64, blank=True)
    params_text = models.TextField(_("parameters"), blank=True)
    env_text = models.TextField(_("environment"), blank=True)
    run_conf_text = models.TextField(_("run settings"), blank=True)
    monitor_conf_text = models.TextField(blank=True)
    alert_conf_text = models.TextField(blank=True)
    #: CustomVariables as they came (see `jobs.variables`): there may be passwords in it.
    variables_text = SealedTextField(blank=True)
    #: What opens the addresses in its content (oss://key:SECRET@bucket/…), a line each, to be masked.
    address_secrets = SealedTextField(blank=True)
    source_dialect = models.CharField(max_length=16, blank=True)
    source_text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    modified_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("name",)
        # Names are not unique: EMR allows two jobs of one name, and an import must keep both.
        indexes = (
            models.Index(fields=("project", "name"), name="job_by_name"),
            # Few have some, and each reading of a log asks for them.
            models.Index(
                fields=("project",), condition=~models.Q(variables_text=""), name="job_with_variables"
            ),
            models.Index(
                fields=("project",), condition=~models.Q(address_secrets=""), name="job_with_secret_addresses"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def edit_subject(self) -> int:
        """What an edit lock of the job is for: its drawing, where it has one."""
        return self.document.uid if self.document else self.uid


class Resource(models.Model):
    """A file that is laid beside the job under its alias before it starts.

    A secret in its address is kept apart, so that `path` may be shown.
    """

    job = models.ForeignKey(Job, models.CASCADE, related_name="resources")
    position = models.PositiveSmallIntegerField()
    path = models.CharField(max_length=2048)
    alias = models.CharField(max_length=255, blank=True)
    secret = SealedTextField(blank=True)

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return self.alias or self.path

    def clean(self) -> None:
        self.path, secret = split_secret(self.path)
        if secret and secret != MASK:
            self.secret = secret


class Storage(HasRef, models.Model):
    """A bucket, or an HDFS, that a project may use: where it is and who we are there."""

    class Kind(models.TextChoices):
        S3 = "s3", _("S3-compatible")
        OSS = "oss", _("Alibaba Cloud OSS")
        HDFS = "hdfs", _("HDFS by WebHDFS")

    class Addressing(models.TextChoices):
        PATH = "path", _("endpoint/bucket")
        VIRTUAL = "virtual", _("bucket.endpoint")

    uid = UidField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="storages")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.S3)
    #: The name node as addresses spell it, for HDFS; empty is the one of addresses that name none.
    bucket = models.CharField(_("bucket"), max_length=255, blank=True)
    endpoint = models.CharField(_("endpoint"), max_length=512)
    region = models.CharField(_("region"), max_length=64, blank=True)
    addressing = models.CharField(_("addressing"), max_length=8, choices=Addressing, default=Addressing.PATH)
    access_key = models.CharField(_("access key"), max_length=256, blank=True)
    secret = SealedTextField(_("secret"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("bucket",)
        constraints = (models.UniqueConstraint(fields=("project", "bucket"), name="storage_once_a_project"),)

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        """What addresses of what lies in it begin with."""
        return f"{self.kind}://{self.bucket}/"


class Frozen(models.Model):
    """A job as it was at one moment: shared by all revisions in which it was the same."""

    digest = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=32)
    content = models.TextField(blank=True)
    settings = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("frozen job")

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"
