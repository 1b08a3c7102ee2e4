"""Forms of flows and runs. They read input; what it means is checked by the actions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.flows.dependencies import ParentOf
from apps.flows.models import Dependency, Flow, Schedule
from apps.jobs.control_forms import FIELDS, ControlFieldsMixin
from apps.jobs.models import MAX_RETRY, MAX_SECONDS, Job
from apps.lib.ids import HasRef, read
from apps.projects.access import visible_projects
from apps.projects.models import Cluster, Folder, Project, Tree, User


class JsonObjectField(forms.JSONField):
    """A JSON object; empty input is an empty one."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"})

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            # Which character is wrong, which Django does not say.
            why = error.__cause__ or error.__context__
            raise forms.ValidationError(_("This is not JSON: %(why)s.") % {"why": why}) from error

    def clean(self, value: Any) -> dict[str, Any]:
        found = super().clean(value)
        if not found:
            return {}
        if not isinstance(found, dict):
            raise forms.ValidationError(_('Write an object like {"name": "value"}.'))
        return found


class RefChoiceField(forms.ModelChoiceField):
    """A choice among rows, named by their refs."""

    def prepare_value(self, value: Any) -> Any:
        return value.ref if isinstance(value, HasRef) else value

    def label_from_instance(self, obj: Any) -> str:
        is_root = isinstance(obj, Folder) and obj.parent_id is None
        return gettext("Top level") if is_root else str(obj)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        assert self.queryset is not None
        found = self.queryset.filter(uid=read(str(value)) or 0).first()
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return found


def _folders(project: Project, tree: str) -> RefChoiceField:
    return RefChoiceField(
        Folder.objects.filter(project=project, tree=tree).order_by(F("parent").asc(nulls_first=True), "name"),
        required=False,
        label=_("Folder"),
        empty_label=None,
    )


class InDialog(forms.Form):
    """A form that is shown above another one: its fields need ids of their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "dialog_%s", **kwargs})


class NewFlowForm(InDialog):
    name = forms.CharField(label=_("Name"), max_length=128)
    description = forms.CharField(label=_("Description"), max_length=1024, required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"] = _folders(project, Tree.FLOW)


class FlowForm(forms.ModelForm):
    """A flow's own settings, in the inspector when nothing is selected."""

    params = JsonObjectField(
        label=_("Parameters"), required=False, help_text=_("Every job of the flow may name them as ${name}.")
    )

    class Meta:
        model = Flow
        fields = ("name", "description", "cluster", "host_name", "run_timeout", "start_timeout", "params")
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "run_timeout": forms.NumberInput(attrs={"min": 0, "max": MAX_SECONDS}),
            "start_timeout": forms.NumberInput(attrs={"min": 0, "max": MAX_SECONDS}),
        }
        help_texts = {
            "run_timeout": _("A run that takes longer is stopped and fails. 0 is no limit."),
            "start_timeout": _("An alert can tell of a later start. 0 is no limit."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project = self.instance.project
        self.fields["folder"] = _folders(project, Tree.FLOW)
        self.fields["folder"].initial = self.instance.folder
        self.fields["run_timeout"].required = self.fields["start_timeout"].required = False
        self.fields["cluster"] = forms.ModelChoiceField(
            Cluster.objects.filter(settings__project=project),
            required=False,
            label=_("Cluster"),
            empty_label=_("The default cluster"),
        )

    def clean_run_timeout(self) -> int:
        return self.cleaned_data["run_timeout"] or 0

    def clean_start_timeout(self) -> int:
        return self.cleaned_data["start_timeout"] or 0

    def _get_validation_exclusions(self) -> set[str]:
        # The name is compared with the project's other flows by the action, once for all surfaces.
        return super()._get_validation_exclusions() | {"name"}


class ScheduleForm(forms.ModelForm):
    class Meta:
        model = Schedule
        fields = (
            "enabled",
            "cron",
            "time_zone",
            "start_at",
            "end_at",
            "misfire",
            "overlap",
            "catch_up_most",
            "catch_up_hours",
        )
        help_texts = {"catch_up_hours": _("0 is of any age.")}
        widgets = {
            "start_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "end_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "cron": forms.TextInput(attrs={"class": "mono", "placeholder": "0 30 2 * * ?"}),
            "time_zone": forms.TextInput(attrs={"list": "time-zones"}),
        }

    catch_up = forms.BooleanField(
        label=_("Make up for the times since its last fire"),
        required=False,
        help_text=_("Only when it is switched on: as “missed times” says. Else they are skipped."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["catch_up_most"].required = self.fields["catch_up_hours"].required = False

    def clean_catch_up_most(self) -> int:
        return self.cleaned_data["catch_up_most"] or self.instance.catch_up_most

    def clean_catch_up_hours(self) -> int:
        return self.cleaned_data["catch_up_hours"] or 0


class BeginForm(forms.ModelForm):
    """When runs of the flow may begin, beside its schedule."""

    paused = forms.BooleanField(
        label=_("Paused"), required=False, help_text=_("No run of it begins until it goes on.")
    )

    class Meta:
        model = Flow
        fields = ("follows", "priority", "max_runs", "max_nodes", "delay", "wait_limit")
        labels = {"follows": _("Without a cron: run when its parents have")}
        help_texts = {
            "priority": _("The higher goes first."),
            "max_runs": _("0 is any number."),
            "max_nodes": _("0 is any number."),
            "delay": _("After its nominal time."),
            "wait_limit": _("For parents. 0 is never."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.NUMBERS:
            self.fields[name].required = False
        self.fields["paused"].initial = self.instance.paused_at is not None

    NUMBERS = ("priority", "max_runs", "max_nodes", "delay", "wait_limit")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return given | {name: given[name] or 0 for name in self.NUMBERS if name in given}


class ParentsForm(forms.Form):
    """Which flows must have succeeded before this one starts: those it has, and one more."""

    def __init__(self, *args: Any, flow: Flow, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flow = flow
        self.rows = list(
            flow.dependencies.filter(node="", parent__isnull=False).select_related("parent__project")
        )
        for row in self.rows:
            self.fields[f"cycle-{row.pk}"] = forms.ChoiceField(
                choices=[*Dependency.Cycle.choices, ("", _("Do not wait"))],
                initial=row.cycle,
                required=False,
                label=self._name(row.parent or flow),
            )
        self.fields["add"] = RefChoiceField(
            Flow.objects.filter(project__in=visible_projects(user))
            .select_related("project")
            .only("uid", "name", "project__name")
            .order_by("project__name", "name"),
            to_field_name="uid",
            required=False,
            label=_("Wait also for"),
            empty_label=_("Choose a flow"),
        )
        self.fields["add"].label_from_instance = self._name  # type: ignore[attr-defined]
        self.fields["add_cycle"] = forms.ChoiceField(
            choices=Dependency.Cycle.choices, required=False, label=_("Which of its times")
        )

    def _name(self, flow: Flow) -> str:
        if flow.pk == self.flow.pk:
            return gettext("itself")
        return flow.name if flow.project_id == self.flow.project_id else f"{flow.project.name} / {flow.name}"

    def shown(self) -> list[dict[str, Any]]:
        return [{"row": row, "field": self[f"cycle-{row.pk}"]} for row in self.rows]

    def wanted(self) -> list[ParentOf]:
        """The parents as they are to be."""
        given = self.cleaned_data
        kept = [(row, given.get(f"cycle-{row.pk}", row.cycle)) for row in self.rows]
        found = [ParentOf(row.parent, cycle, row.parent_node) for row, cycle in kept if row.parent and cycle]
        if given.get("add"):
            found.append(ParentOf(given["add"], given.get("add_cycle") or Dependency.Cycle.SAME))
        return found


class NodeForm(forms.Form):
    """What the drawing says of a node, apart from where it stands. `hosts` are those that it may name."""

    label = forms.CharField(label=_("Label"), max_length=128, required=False)
    host_name = forms.CharField(label=_("Host"), max_length=253, required=False, widget=forms.Select)

    def __init__(self, *args: Any, hosts: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One that is not there any more, or comes from elsewhere, stays until another is chosen.
        names = dict.fromkeys([*hosts, self["host_name"].value() or ""])
        names.pop("", None)
        choices = [("", _("Any host of the cluster")), *((name, name) for name in names)]
        self.fields["host_name"].widget.choices = choices  # type: ignore[attr-defined]


class JobPanelForm(ControlFieldsMixin, forms.ModelForm):
    """The settings of a node's job that matter while drawing; the job's own page has the rest."""

    params_text = forms.CharField(
        label=_("Parameters"), required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "mono"})
    )

    class Meta:
        model = Job
        fields = (
            "content",
            "fail_act",
            "max_retry",
            "retry_interval",
            "max_running_seconds",
            "loss_policy",
            "params_text",
        )
        widgets = {
            "content": forms.Textarea(attrs={"rows": 10, "class": "mono", "spellcheck": "false"}),
            "max_retry": forms.NumberInput(attrs={"min": 0, "max": MAX_RETRY}),
            "retry_interval": forms.NumberInput(attrs={"min": 0, "max": 300}),
            "max_running_seconds": forms.NumberInput(attrs={"min": 0}),
        }
        labels = {
            "max_retry": _("Retries"),
            "retry_interval": _("Retry after, s"),
            "max_running_seconds": _("Time limit, s"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.document_id is not None:
            # What is a graph itself is drawn on its own page.
            del self.fields["content"]
        self.take_control_fields()

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.put_content()
        return self.cleaned_data

    def clean_params_text(self) -> str:
        text = self.cleaned_data["params_text"].strip()
        try:
            found = json.loads(text or "{}")
        except ValueError as error:
            raise forms.ValidationError(_("This is not JSON: %(why)s.") % {"why": error}) from error
        if not isinstance(found, dict):
            raise forms.ValidationError(_('Write an object like {"name": "value"}.'))
        return text


class NewNodeForm(InDialog):
    """A job made where its node was dropped."""

    name = forms.CharField(label=_("Name"), max_length=128)
    kind = forms.CharField(widget=forms.HiddenInput, max_length=32)
    content = forms.CharField(
        label=_("Content"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"}),
    )
    x = forms.FloatField(widget=forms.HiddenInput, required=False)
    y = forms.FloatField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"] = _folders(project, Tree.JOB)
        if (self.data.get("kind") or self.initial.get("kind")) in FIELDS:
            # It is set in fields of its own, when the node is there.
            self.fields["content"].widget = forms.HiddenInput()


class PublishForm(InDialog):
    """What is said of a version."""

    message = forms.CharField(
        label=_("What is new"),
        required=False,
        max_length=256,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )


class RunForm(InDialog):
    """A run for another nominal time or with other parameters."""

    nominal_at = forms.DateTimeField(
        label=_("Nominal time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("What ${yyyy-MM-dd} and the like are counted from. Empty: now."),
    )
    params = JsonObjectField(label=_("Parameters"), required=False)
    heeds_parents = forms.BooleanField(
        label=_("Wait for its parents"),
        required=False,
        help_text=_("Else it begins at once, whether they have succeeded or not."),
    )
