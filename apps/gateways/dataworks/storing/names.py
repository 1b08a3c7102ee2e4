"""The names under which workflows and nodes are waited for, and what waits for them.

A name belongs to the first who declares it in a project. A second declaration is kept in
its document, told in its report, and refused when it is deployed; so is a dependency on a
name that nobody owns.
"""

from __future__ import annotations

from collections.abc import Iterable

from apps.flows.models import Dependency, Flow, Output
from apps.gateways.dataworks.flowspec import External, Note
from apps.gateways.dataworks.storing.foreign import uid_of
from apps.jobs.models import Job
from apps.lib.errors import Conflict, Invalid

LONGEST = 256
#: The kinds of dependency that hold a whole workflow back, and for which of the parent's times.
CYCLES = {
    "Normal": Dependency.Cycle.SAME,
    "CrossCycleDependsOnSelf": Dependency.Cycle.PREVIOUS,
    "CrossCycleDependsOnOtherNode": Dependency.Cycle.PREVIOUS,
}
#: What an output is declared by: the drawing id of a node, or nothing for the whole workflow.
Declared = tuple[str, str]


def declare(flow: Flow, names: Iterable[Declared]) -> list[Note]:
    """Make these the outputs of the flow, as far as they are free."""
    wanted: dict[str, str] = {}
    notes: list[Note] = []
    for name, node in names:
        if len(name) > LONGEST:
            notes.append(
                Note("left_out", "outputs", f"output {name[:40]}… is longer than {LONGEST} characters")
            )
        elif wanted.setdefault(name, node) != node:
            notes.append(Note("kept", "outputs", f"output {name} is declared twice in this workflow"))
    Output.objects.filter(flow=flow).delete()
    taken = _owners(flow, wanted)
    Output.objects.bulk_create(
        Output(project_id=flow.project_id, name=name, flow=flow, node=node)
        for name, node in wanted.items()
        if name not in taken
    )
    for name, owner in taken.items():
        notes.append(
            Note(
                "kept",
                "outputs",
                f"output {name} belongs to workflow {owner} already: deployment will be refused",
            )
        )
    return notes


def wait_for(flow: Flow, externals: Iterable[tuple[str, External]]) -> list[Note]:
    """Make these what the flow (or one node of it, by drawing id) waits for, resolved or not."""
    notes: list[Note] = []
    rows: list[Dependency] = []
    for node, external in externals:
        if external.kind not in CYCLES:
            continue
        if len(external.name) > LONGEST:
            raise Invalid(f"The name of an output has at most {LONGEST} characters.", field="dependencies")
        row = Dependency(
            flow=flow,
            node=node,
            parent_name=external.name,
            cycle=CYCLES[external.kind],
            position=min(len(rows), 32_767),
        )
        if external.kind == "CrossCycleDependsOnSelf":
            row.parent, row.parent_node = flow, node
        else:
            _resolve(row)
        if row.parent is None:
            notes.append(
                Note(
                    "kept",
                    "dependencies",
                    f"nobody here owns output {external.name}: deployment will be refused",
                )
            )
        rows.append(row)
    flow.dependencies.all().delete()
    Dependency.objects.bulk_create(rows)
    return notes


def check_deployable(flow: Flow, declared: Iterable[Declared]) -> None:
    """Raise Conflict when an output is another's, or Invalid when a dependency has no owner."""
    wanted = dict(declared)
    for name, owner in _owners(flow, wanted).items():
        raise Conflict(f"Output {name} of workflow {flow.name} belongs to workflow {owner}.", field="outputs")
    for row in flow.dependencies.filter(parent=None):
        _resolve(row)
        if row.parent is None:
            raise Invalid(
                f"Workflow {flow.name} depends on output {row.parent_name}, which nobody here owns.",
                field="dependencies",
            )
        row.save(update_fields=["parent", "parent_node"])


def _owners(flow: Flow, names: Iterable[str]) -> dict[str, str]:
    """Which of these names are others', with the name of their flow."""
    others = Output.objects.filter(project_id=flow.project_id, name__in=list(names)).exclude(flow=flow)
    return dict(others.values_list("name", "flow__name"))


def _resolve(row: Dependency) -> None:
    """Find the owner of an output: who declared it, or what has it as its id."""
    flow, name = row.flow, row.parent_name
    output = Output.objects.filter(project_id=flow.project_id, name=name).select_related("flow").first()
    if output and output.flow_id != flow.pk:
        row.parent, row.parent_node = output.flow, output.node
        return
    project = flow.project
    other = (
        Flow.objects.filter(project=project, uid=uid_of(project, "workflow", name))
        .exclude(pk=flow.pk)
        .first()
    )
    prefix, _, rest = name.partition(".")
    if other is None and prefix == project.name:
        other = Flow.objects.filter(project=project, name=rest).exclude(pk=flow.pk).first()
    if other:
        row.parent = other
        return
    job = Job.objects.filter(project=project, uid=uid_of(project, "node", name)).first()
    use = job.used_by.exclude(flow=flow).select_related("flow").first() if job else None
    if job and use:
        row.parent, row.parent_node = use.flow, str(job.uid)
