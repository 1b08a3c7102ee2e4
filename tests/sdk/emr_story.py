"""A workflow's whole life, told by the vendor's unmodified SDKs: run by the Python of .venv-sdk.

    python emr_story.py http://127.0.0.1:8000 ACCESS_KEY_ID ACCESS_KEY_SECRET

Ends with the line "told" and exit code 0, or with the error of the call that failed.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from alibabacloud_emr20160408 import models as tea
from alibabacloud_emr20160408.client import Client as TeaClient
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient

REGION = "cn-hangzhou"
PATIENCE = 60.0


class Caller:
    """The classic SDK: `call.CreateFlowJob(ProjectId=..., Name=...)` answers with the parsed reply."""

    def __init__(self, endpoint: str, key: str, secret: str) -> None:
        self.host = urlsplit(endpoint).netloc
        self.client = AcsClient(key, secret, REGION, auto_retry=False)

    def __getattr__(self, action: str) -> Any:
        def call(**parameters: Any) -> dict[str, Any]:
            module = importlib.import_module(f"aliyunsdkemr.request.v20160408.{action}Request")
            request = getattr(module, f"{action}Request")()
            request.set_endpoint(self.host)
            request.set_protocol_type("http")
            request.set_accept_format("JSON")
            for name, value in parameters.items():
                getattr(request, f"set_{name}")(value)
            return json.loads(self.client.do_action_with_exception(request))

        return call


def graph(jobs: dict[str, str], edges: list[tuple[str, str]]) -> str:
    places = {"START": (300, 60), **{name: (300, 160 + 100 * row) for row, name in enumerate(jobs)}}
    places["END"] = (300, 160 + 100 * len(jobs))
    nodes = []
    for name, (x, y) in places.items():
        node = {"id": name, "type": "node", "label": name, "x": x, "y": y, "size": "170*34"}
        if name in jobs:
            attribute = {"type": "JOB", "jobId": jobs[name], "jobType": "SHELL"}
            node |= {"shape": "shellJobNode", "attribute": attribute, "config": {"note": f"keep {name}"}}
        else:
            node |= {"shape": f"{name.lower()}ControlNode", "attribute": {"type": name}}
        nodes.append(node)
    drawn = [{"id": f"e{n}", "source": a, "target": b} for n, (a, b) in enumerate(edges)]
    return json.dumps({"nodes": nodes, "edges": drawn})


def ended(call: Caller, project: str, instance: str) -> dict[str, Any]:
    give_up_at = time.monotonic() + PATIENCE
    while time.monotonic() < give_up_at:
        found = call.DescribeFlowInstance(ProjectId=project, Id=instance)
        if found["Status"] in ("SUCCEEDED", "FAILED", "KILLED"):
            return found
        time.sleep(0.2)
    raise SystemExit(f"{instance} did not end")


def classic(call: Caller) -> str:
    """Make, draw, run, read and run again. The id of the project."""
    name = f"sdk-{time.time_ns()}"
    project = call.CreateFlowProject(Name=name, Description="by the SDK")["Id"]
    jobs = {
        step: call.CreateFlowJob(
            ProjectId=project,
            Name=step,
            Type="SHELL",
            Description=step,
            RunConf="{}",
            Params=f"echo {step}-says-hello",
        )["Id"]
        for step in ("extract", "load")
    }
    text = graph(jobs, [("START", "extract"), ("extract", "load"), ("load", "END")])
    clusters = call.ListFlowClusterAll()["Clusters"]["ClusterInfo"]
    flow = call.CreateFlowForWeb(
        ProjectId=project,
        Name="nightly",
        Description="by the SDK",
        Graph=text,
        ClusterId=clusters[0]["Id"],
        CreateCluster=False,
    )["Id"]
    kept = json.loads(call.DescribeFlow(ProjectId=project, Id=flow)["Graph"])
    assert kept == json.loads(text), "the drawing came back changed"
    instance = call.SubmitFlow(ProjectId=project, FlowId=flow)["Id"]
    assert ended(call, project, instance)["Status"] == "SUCCEEDED"
    nodes = call.ListFlowNodeInstance(ProjectId=project)["FlowNodeInstances"]["FlowNodeInstance"]
    states = {node["NodeName"]: node["Status"] for node in nodes if node["FlowInstanceId"] == instance}
    assert {states["extract"], states["load"]} == {"OK"}, states
    last = next(node["Id"] for node in nodes if node["NodeName"] == "load")
    log = call.DescribeFlowNodeInstanceLauncherLog(ProjectId=project, NodeInstanceId=last)
    assert "load-says-hello" in json.dumps(log), log
    return str(project)


def refused(call: Caller, project: str) -> None:
    """A cyclic drawing is refused with an error of the dialect, and nothing of it is kept."""
    job = call.ListFlowJob(ProjectId=project)["JobList"]["Job"][0]["Id"]
    cyclic = graph({"a": job, "b": job}, [("START", "a"), ("a", "b"), ("b", "a"), ("b", "END")])
    try:
        call.CreateFlowForWeb(
            ProjectId=project, Name="cyclic", Description="a knot", Graph=cyclic, CreateCluster=False
        )
    except ServerException as error:
        assert error.get_http_status() == 400, error
    else:
        raise SystemExit("a cyclic drawing was taken")
    names = [flow["Name"] for flow in call.ListFlow(ProjectId=project)["Flow"]["Flow"]]
    assert names == ["nightly"], names


def modern(endpoint: str, key: str, secret: str, project: str) -> None:
    """The Tea SDK, which signs with ACS3-HMAC-SHA256."""
    host = urlsplit(endpoint).netloc
    client = TeaClient(
        Config(access_key_id=key, access_key_secret=secret, endpoint=host, protocol="http", region_id=REGION)
    )
    found = client.describe_flow_project(
        tea.DescribeFlowProjectRequest(region_id=REGION, project_id=project)
    ).body
    assert found.id == project, found
    listed = client.list_flow(tea.ListFlowRequest(region_id=REGION, project_id=project)).body
    assert listed.total == 1, listed


def main() -> None:
    endpoint, key, secret = sys.argv[1:]
    call = Caller(endpoint, key, secret)
    project = classic(call)
    refused(call, project)
    modern(endpoint, key, secret, project)
    call.DeleteFlowProject(ProjectId=project)
    print("told")


if __name__ == "__main__":
    main()
