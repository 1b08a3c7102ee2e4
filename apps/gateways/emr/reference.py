"""What the two pages that EMR's users know best say of each parameter, and what becomes of it here.

`docs/emr.md` is written from this table and from the operations; the tests try every value in it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from apps.gateways.rpc.frame import Operation


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of one action.

    `accepted` are values that a call may give, `refused` values with the code they are answered
    with. In both, <project>, <job> … stand for ids of things that exist.
    """

    name: str
    type: str
    required: bool
    rule: str
    effect: str
    accepted: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


INVALID, MISSING, UNKNOWN, CONFLICT = (
    "InvalidParameter",
    "MissingParameter",
    "EntityNotExist",
    "OperationConflict",
)

JOB = (
    Parameter(
        "Description",
        "String",
        True,
        "at most 1024 characters",
        "shown with the job",
        ("This is the description of a job",),
        (("", MISSING), ("x" * 1025, INVALID)),
    ),
    Parameter(
        "Name",
        "String",
        True,
        "not blank, at most 128 characters; two jobs may have one name",
        "the job's name, and the label of nodes drawn from it",
        ("my_shell_job", "x" * 128),
        (("", MISSING), (" ", MISSING), ("x" * 129, INVALID)),
    ),
    Parameter(
        "ProjectId",
        "String",
        True,
        "a project that the key's owner may edit",
        "where the job is made",
        ("<project>",),
        (("", MISSING), ("FP-0000000000000001", UNKNOWN)),
    ),
    Parameter(
        "RegionId",
        "String",
        True,
        "any value",
        "none: there is one region, this installation",
        ("cn-hangzhou", "anywhere-1"),
    ),
    Parameter(
        "Type",
        "String",
        True,
        "one of the job types of this API",
        "what runs the job; it cannot be changed later",
        ("SHELL", "HIVE", "SPARK_STREAMING"),
        (("", MISSING), ("COBOL", INVALID)),
    ),
    Parameter(
        "ResourceList.1.Path",
        "String",
        True,
        "required in each item that is given; a call without items is accepted",
        "the file is laid beside the job before it starts",
        ("oss://path/demo.jar",),
        (("", MISSING),),
    ),
    Parameter(
        "ResourceList.1.Alias",
        "String",
        False,
        "at most 255 characters; with a Path",
        "the name of that file",
        (),
        (("demo.jar", MISSING),),
    ),
    Parameter(
        "FailAct",
        "String",
        False,
        "CONTINUE or STOP; STOP when absent",
        "whether what comes after a failed node runs, or the run ends",
        ("CONTINUE", "STOP", "continue"),
        (("BREAK", INVALID),),
    ),
    Parameter(
        "MaxRetry",
        "Integer",
        False,
        "0 to 5",
        "how often a failed node is tried again",
        ("0", "5"),
        (("6", INVALID), ("-1", INVALID), ("two", INVALID)),
    ),
    Parameter(
        "RetryInterval",
        "Long",
        False,
        "0 to 300 seconds",
        "the wait before each retry",
        ("0", "300"),
        (("301", INVALID), ("-1", INVALID)),
    ),
    Parameter("RetryPolicy", "String", False, "any text; reserved", "stored and given back", ("N/A",)),
    Parameter(
        "MaxRunningTimeSec",
        "Long",
        False,
        "0 or more; reserved by EMR",
        "stored and given back; more than 0 also limits how long an attempt may run",
        ("0", "86400"),
        (("-1", INVALID), ("soon", INVALID)),
    ),
    Parameter("Params", "String", False, "at most 4 MiB", "the content of the job", ("ls -l",)),
    Parameter(
        "ParamConf",
        "String",
        False,
        "a JSON object of plain values",
        "names for ${name} in the content; values may hold time expressions",
        ('{"date":"${yyyy-MM-dd}"}',),
        (("{", INVALID), ("[]", INVALID), ('{"a":{}}', INVALID)),
    ),
    Parameter(
        "CustomVariables",
        "String",
        False,
        "any text",
        "given back as it came, with passwords masked; sealed at rest",
        (r"{\"scope\":\"PROJECT\",\"entityId\":\"FP-80C2FDDBF35D9CC5\"}",),
    ),
    Parameter(
        "EnvConf",
        "String",
        False,
        "a JSON object of plain values, at most 1024 bytes",
        "the environment of the job",
        ('{"key":"value"}',),
        (("{", INVALID), ('{"k":"' + "x" * 1024 + '"}', INVALID)),
    ),
    Parameter(
        "RunConf",
        "String",
        False,
        "a JSON object of plain values: priority, userName, memory (MB), cores, queue",
        "how the job is run on its host",
        ('{"priority":1,"userName":"hadoop","memory":2048,"cores":1}',),
        (("no", INVALID),),
    ),
    Parameter(
        "MonitorConf",
        "String",
        False,
        "any text; the page's own example gives it with Type SHELL, so it is refused for no type",
        "stored and given back",
        ('{"inputs":[{"type":"KAFKA","clusterId":"C-1234567","topics":"kafka_topic"}]}',),
    ),
    Parameter(
        "Mode",
        "String",
        False,
        "YARN or LOCAL; LOCAL when absent",
        "which hosts of the cluster may run it",
        ("YARN", "LOCAL"),
        (("CLOUD", INVALID),),
    ),
    Parameter(
        "ParentCategory",
        "String",
        False,
        "a folder of the job or ad-hoc tree; the root when empty",
        "where the job lies",
        ("<folder>", ""),
        (("FC-0000000000000001", INVALID), ("nonsense", INVALID)),
    ),
    Parameter(
        "Adhoc",
        "Boolean",
        False,
        "true or false; false when absent",
        "puts the job into the ad-hoc tree",
        ("false", "True"),
        (("perhaps", INVALID),),
    ),
    Parameter(
        "ClusterId",
        "String",
        False,
        "a cluster linked to the project, or a template (CT-)",
        "where the job runs",
        ("<cluster>", ""),
        (("C-0000000000000001", INVALID),),
    ),
    Parameter("AlertConf", "String", False, "any text; reserved", "stored and given back", ("N/A",)),
)

FLOW = (
    Parameter(
        "ClusterId",
        "String",
        True,
        "a cluster linked to the project, or a template (CT-) with CreateCluster; SDKs may leave it out",
        "where the flow's nodes run",
        ("<cluster>",),
        (("C-0000000000000001", INVALID),),
    ),
    Parameter(
        "CreateCluster",
        "Boolean",
        True,
        "true or false; SDKs may leave it out",
        "true: a cluster is made for each run",
        ("false",),
        (("perhaps", INVALID),),
    ),
    Parameter(
        "Description",
        "String",
        True,
        "at most 256 characters",
        "shown with the flow",
        ("This is the description of a workflow",),
        (("", MISSING), ("x" * 257, INVALID)),
    ),
    Parameter(
        "Name",
        "String",
        True,
        "not blank, at most 64 characters, once in a project",
        "the flow's name",
        ("my_flow_demo", "x" * 64),
        (("", MISSING), ("x" * 65, INVALID), ("nightly", CONFLICT)),
    ),
    Parameter(
        "ProjectId",
        "String",
        True,
        "a project that the key's owner may edit",
        "where the flow is made",
        ("<project>",),
        (("", MISSING), ("FP-0000000000000001", UNKNOWN)),
    ),
    Parameter(
        "RegionId",
        "String",
        True,
        "any value",
        "none: there is one region, this installation",
        ("cn-hangzhou",),
    ),
    Parameter(
        "StartSchedule",
        "Long",
        False,
        "epoch milliseconds, before EndSchedule; required with CronExpr",
        "nothing fires before",
        ("1538017814000",),
        (("soon", INVALID), ("-1", INVALID), ("4102416001000", INVALID)),
    ),
    Parameter(
        "EndSchedule",
        "Long",
        False,
        "epoch milliseconds, after StartSchedule",
        "nothing fires after",
        ("4102416001000",),
        (("1538017814000", INVALID), ("later", INVALID)),
    ),
    Parameter(
        "CronExpr",
        "String",
        False,
        "a Quartz expression of six or seven fields",
        "when the flow fires by itself",
        ("0 0 0-23/1 * * ?",),
        (("every day", INVALID), ("0 0 0 * *", INVALID)),
    ),
    Parameter(
        "HostName",
        "String",
        False,
        "a name of a host",
        "where the flow's nodes run, unless a node names its own host",
        ("emr-header-1.cluster-123456",),
    ),
    Parameter(
        "Graph",
        "String",
        False,
        "a JSON object with nodes and edges: one START, one END, jobs that exist, no circle",
        "the drawing, kept to the letter",
        ("<graph>",),
        (("{", INVALID), ('{"nodes":[],"edges":[]}', INVALID)),
    ),
    Parameter(
        "AlertConf",
        "String",
        False,
        "JSON as the page shows it; any of the 18 event ids",
        "who is told of what",
        (
            '{"items":[{"enable":true,"eventId":"EMR-210401001","alertUserGroupIdList":["<user_group>"],"alertDingDingGroupList":["<dingtalk_group>"]}]}',
        ),
        (('{"items":[{"eventId":"EMR-1"}]}', INVALID), ("{", INVALID)),
    ),
    Parameter(
        "AlertUserGroupBizId", "String", False, "any text; deprecated", "stored and given back", ("-",)
    ),
    Parameter(
        "AlertDingDingGroupBizId", "String", False, "any text; deprecated", "stored and given back", ("-",)
    ),
    Parameter(
        "ParentFlowList",
        "String",
        False,
        "ids of flows, between commas, that the caller may see; no circle of flows",
        "a run waits until these have succeeded",
        ("<flow>", ""),
        (("F-0000000000000001", INVALID),),
    ),
    Parameter(
        "ParentCategory",
        "String",
        False,
        "a folder of the flow tree; the root when empty",
        "where the flow lies",
        ("",),
        (("FC-0000000000000001", INVALID), ("<folder>", INVALID)),
    ),
)

PAGES: dict[str, tuple[Parameter, ...]] = {"CreateFlowJob": JOB, "CreateFlowForWeb": FLOW}


def write_reference(operations: Mapping[str, Operation]) -> str:
    """The compatibility page, as Markdown."""
    return "\n".join(_lines(operations)) + "\n"


def _lines(operations: Mapping[str, Operation]) -> Iterator[str]:
    yield "# EMR 2016-04-08"
    yield ""
    yield "What programs for Alibaba Cloud EMR's data development find here. This page is written by"
    yield "`manage.py emr_reference` from the operations and the table that the tests try."
    yield ""
    yield f"## Actions ({len(operations)})"
    yield ""
    yield "| action | notes |"
    yield "|---|---|"
    for action in sorted(operations):
        yield f"| {action} | {_note(operations[action])} |"
    for action, parameters in PAGES.items():
        yield ""
        yield f"## Parameters of {action}"
        yield ""
        yield "| parameter | type | required | rule | refused with | effect |"
        yield "|---|---|---|---|---|---|"
        for each in parameters:
            codes = ", ".join(dict.fromkeys(code for _, code in each.refused)) or "-"
            required = "yes" if each.required else "no"
            yield f"| {each.name} | {each.type} | {required} | {each.rule} | {codes} | {each.effect} |"


def _note(operation: Operation) -> str:
    return (inspect.getdoc(operation) or "as the reference says").split("\n\n")[0].replace("\n", " ")
