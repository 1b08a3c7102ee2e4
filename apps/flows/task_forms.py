"""Forms for what a node declares (task id, parameters), and for what a run gives to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _

from apps.engine.declared import LISTS, TYPES, BadDeclaration, Input, read_input

_TYPES = {
    "text": _("text"),
    "number": _("number"),
    "boolean": _("true or false"),
    "date": _("date"),
    "datetime": _("time"),
    "list": _("list of texts"),
    "numbers": _("list of numbers"),
}


class TaskForm(forms.Form):
    task = forms.CharField(
        label=_("Task id"),
        max_length=64,
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
        help_text=_("Callers name this node by it, and later nodes its result."),
    )

    def __init__(self, *args: Any, taken: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken = set(taken)

    def clean_task(self) -> str:
        task: str = self.cleaned_data["task"]
        if task in self.taken:
            raise forms.ValidationError(_("Another node has this task id."))
        return task


class InputForm(forms.Form):
    """One declared parameter. A row without a name is none."""

    name = forms.CharField(label=_("Name"), max_length=128, required=False)
    type = forms.ChoiceField(
        label=_("Type"), choices=[(name, _TYPES[name]) for name in TYPES], required=False
    )
    default = forms.CharField(label=_("Default"), required=False)
    source = forms.CharField(label=_("From task"), max_length=64, required=False)
    required = forms.BooleanField(label=_("Must be given"), required=False)
    raw = forms.BooleanField(label=_("Raw"), required=False)

    #: The parameter is the kind's own: its name and type are not the author's to choose.
    own: Input | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("name"):
            try:
                given["declared"] = read_input(_spelled(given))
            except BadDeclaration as error:
                raise forms.ValidationError(str(error)) from None
        return given

    @property
    def declared(self) -> Input | None:
        """What is worth writing into the drawing."""
        declared: Input | None = self.cleaned_data.get("declared")
        if declared is None or self.own is None:
            return declared
        return declared if declared.default is not None or declared.source else None


def _spelled(given: Mapping[str, Any]) -> dict[str, Any]:
    spelled: dict[str, Any] = {"name": given["name"], "type": given["type"] or "text", "raw": given["raw"]}
    if given["default"]:
        spelled["default"] = given["default"]
    if given["source"]:
        spelled["from"] = given["source"]
    if given["required"] or (not given["default"] and not given["source"]):
        spelled["required"] = given["required"]
    return spelled


class InputForms(BaseFormSet):
    """The rows of parameters: those of the kind, those declared, and an empty one to declare another."""

    def __init__(self, *args: Any, own: Sequence[Input], **kwargs: Any) -> None:
        self.own = {one.name: one for one in own}
        super().__init__(*args, **kwargs)

    def add_fields(self, form: InputForm, index: int | None) -> None:
        super().add_fields(form, index)
        name = form.initial.get("name") or form.data.get(form.add_prefix("name"), "")
        if name in self.own:
            form.own = self.own[name]
            form.fields["default"].widget.attrs["placeholder"] = form.own.default or ""
            form.fields["name"].widget.attrs["readonly"] = True
            form.fields["type"].widget = forms.HiddenInput()

    def clean(self) -> None:
        names = [form.cleaned_data.get("name") for form in self.forms if form.cleaned_data.get("name")]
        if len(set(names)) < len(names):
            raise forms.ValidationError(_("A parameter is declared twice."))


NodeInputs: Any = forms.formset_factory(InputForm, formset=InputForms, extra=1, max_num=200)


def rows_of(own: Sequence[Input], declared: Sequence[Input]) -> list[dict[str, Any]]:
    """The rows' first values: the kind's parameters in its order, then the author's."""
    drawn = {one.name: one for one in declared}
    shown = [drawn.get(one.name) or Input(one.name, one.type) for one in own]
    shown += [one for one in declared if one.name not in {known.name for known in own}]
    return [
        {
            "name": one.name,
            "type": one.type,
            "default": one.default or "",
            "source": one.source,
            "required": one.required,
            "raw": one.raw,
        }
        for one in shown
    ]


class GivenForm(forms.Form):
    """A field for each declared parameter of a flow's tasks."""

    def __init__(self, *args: Any, tasks: Sequence[tuple[str, str, Sequence[Input]]], **kwargs: Any) -> None:
        """`tasks` are (node id, task id, parameters)."""
        super().__init__(*args, **kwargs)
        self.places: dict[str, tuple[str, str]] = {}
        for node, task, inputs in tasks:
            for one in inputs:
                field = f"{task}.{one.name}"
                self.places[field] = (node, one.name)
                self.fields[field] = forms.CharField(
                    label=field, required=one.required, help_text=_hint(one), initial=one.default
                )

    @property
    def node_params(self) -> dict[str, dict[str, str]]:
        """What was filled in, by node."""
        found: dict[str, dict[str, str]] = {}
        for field, (node, name) in self.places.items():
            if value := self.cleaned_data.get(field):
                found.setdefault(node, {})[name] = value
        return found


def _hint(one: Input) -> Any:
    if one.source:
        return _("Empty: from task %(task)s.") % {"task": one.source}
    return _("Separated by commas.") if one.type in LISTS else ""
