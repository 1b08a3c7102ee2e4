"""Each API as a teller of one story: the same deeds, each in the API's own calls and words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar, Protocol

from apps.gateways.models import AccessKey
from apps.projects.models import Project
from tests.gateways.callers import RpcCaller
from tests.gateways.naver.callers import NaverCaller
from tests.gateways.nebula.callers import Explorer
from tests.gateways.rest.conftest import Caller

GOING_ON, SUCCEEDED, STOPPED = "going on", "succeeded", "stopped"
FLOW = "nightly"


class Door(Protocol):
    """What is made runs its steps one after the other; runs are named by the API's own ids."""

    def create(self, steps: dict[str, Any]) -> None: ...

    def read(self) -> dict[str, Any]: ...

    def run(self) -> str: ...

    def state(self, run: str) -> str: ...

    def output(self, run: str, step: str) -> str: ...

    def stop(self, run: str) -> None: ...

    def delete(self) -> None: ...


def drawing(jobs: dict[str, str]) -> str:
    """EMR Graph JSON: START, the jobs in turn, END. The values are ids of jobs as EMR spells them."""
    nodes: list[dict[str, Any]] = [{"id": "start", "attribute": {"type": "START"}}]
    for name, job in jobs.items():
        nodes.append(
            {"id": name, "label": name, "attribute": {"type": "JOB", "jobType": "SHELL", "jobId": job}}
        )
    nodes.append({"id": "end", "attribute": {"type": "END"}})
    edges = [{"id": f"{a['id']}>{b['id']}", "source": a["id"], "target": b["id"]} for a, b in pairwise(nodes)]
    return json.dumps({"nodes": nodes, "edges": edges})


@dataclass
class Rest:
    key: AccessKey
    project: Project
    kind: str = "SHELL"
    flow: str = ""
    jobs: dict[str, str] = field(default_factory=dict)
    WORDS: ClassVar[dict[str, str]] = {"succeeded": SUCCEEDED, "killed": STOPPED}

    def __post_init__(self) -> None:
        self.call = Caller(self.key)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        response = self.call(method, path, body)
        assert response.status_code < 300, response.content.decode()
        return json.loads(response.content) if response.content else None

    def create_job(self, name: str, content: str) -> str:
        body = {"name": name, "kind": self.kind, "content": content}
        self.jobs[name] = self.ask("POST", f"projects/{self.project.ref}/jobs/", body)["id"]
        return self.jobs[name]

    def create(self, steps: dict[str, Any]) -> None:
        graph = drawing({name: f"FJ-{self.create_job(name, content)}" for name, content in steps.items()})
        body = {"name": FLOW, "graph": graph}
        self.flow = self.ask("POST", f"projects/{self.project.ref}/flows/", body)["id"]

    def read(self) -> dict[str, Any]:
        drawn = json.loads(json.dumps(self.ask("GET", f"flows/{self.flow}/")["graph"]))
        nodes = (json.loads(drawn) if isinstance(drawn, str) else drawn)["nodes"]
        ids = [node["attribute"]["jobId"] for node in nodes if "jobId" in node["attribute"]]
        jobs = [self.ask("GET", f"jobs/{job.removeprefix('FJ-')}/") for job in ids]
        return {job["name"]: job["content"] for job in jobs}

    def run(self) -> str:
        run: str = self.ask("POST", f"flows/{self.flow}/run/")["id"]
        return run

    def state(self, run: str) -> str:
        return self.WORDS.get(self.ask("GET", f"runs/{run}/")["state"], GOING_ON)

    def output(self, run: str, step: str) -> str:
        nodes = self.ask("GET", f"runs/{run}/nodes/")["results"]
        ordinal = next(node["ordinal"] for node in nodes if node["name"] == step)
        text: str = self.ask("GET", f"runs/{run}/nodes/{ordinal}/log/")["text"]
        return text.strip()

    def stop(self, run: str) -> None:
        self.ask("POST", f"runs/{run}/kill/")

    def delete(self) -> None:
        self.ask("DELETE", f"flows/{self.flow}/")
        for job in self.jobs.values():
            self.ask("DELETE", f"jobs/{job}/")


@dataclass
class Emr:
    key: AccessKey
    project: Project
    flow: str = ""
    jobs: dict[str, str] = field(default_factory=dict)
    WORDS: ClassVar[dict[str, str]] = {"SUCCEEDED": SUCCEEDED, "KILLED": STOPPED}

    def ask(self, action: str, **given: Any) -> Any:
        return RpcCaller.of(self.key).ask(action, ProjectId=f"FP-{self.project.ref}", **given)

    def create(self, steps: dict[str, Any]) -> None:
        cluster = self.ask("ListFlowClusterAll")["Clusters"]["ClusterInfo"][0]["Id"]
        for name, content in steps.items():
            told = self.ask("CreateFlowJob", Name=name, Description="d", Type="SHELL", Params=content)
            self.jobs[name] = told["Id"]
        made = {"Name": FLOW, "Description": "d", "Graph": drawing(self.jobs), "CreateCluster": "False"}
        self.flow = self.ask("CreateFlowForWeb", ClusterId=cluster, **made)["Id"]

    def read(self) -> dict[str, Any]:
        nodes = json.loads(self.ask("DescribeFlow", Id=self.flow)["Graph"])["nodes"]
        ids = [node["attribute"]["jobId"] for node in nodes if "jobId" in node["attribute"]]
        jobs = [self.ask("DescribeFlowJob", Id=job) for job in ids]
        return {job["Name"]: job["Params"] for job in jobs}

    def run(self) -> str:
        run: str = self.ask("SubmitFlow", FlowId=self.flow)["Id"]
        return run

    def state(self, run: str) -> str:
        return self.WORDS.get(self.ask("DescribeFlowInstance", Id=run)["Status"], GOING_ON)

    def output(self, run: str, step: str) -> str:
        nodes = self.ask("DescribeFlowInstance", Id=run)["NodeInstance"]["NodeInstance"]
        node = next(node["Id"] for node in nodes if node["NodeName"] == step)
        log = self.ask("DescribeFlowNodeInstanceLauncherLog", NodeInstanceId=node)
        return "\n".join(line["Content"] for line in log["LogEntrys"]["LogEntry"])

    def stop(self, run: str) -> None:
        self.ask("KillFlow", FlowInstanceId=run)

    def delete(self) -> None:
        self.ask("DeleteFlow", Id=self.flow)
        for job in self.jobs.values():
            self.ask("DeleteFlowJob", Id=job)


@dataclass
class DataWorks:
    key: AccessKey
    project: Project
    workflow: str = ""
    WORDS: ClassVar[dict[str, str]] = {"Success": SUCCEEDED, "Failure": STOPPED}

    def ask(self, action: str, spec: Any = None, /, **given: Any) -> Any:
        caller, given = (
            RpcCaller.of(self.key, version="2024-05-18"),
            {"ProjectId": self.project.number, **given},
        )
        if spec is None:
            return caller.ask(action, **given)
        response = caller.post(action, {"Spec": json.dumps(spec)}, **given)
        reply = json.loads(response.content)
        assert response.status_code == 200, reply
        return reply

    def create(self, steps: dict[str, Any]) -> None:
        names = list(steps)
        nodes = [
            {
                "id": name,
                "name": name,
                "script": {
                    "path": f"{FLOW}/{name}",
                    "content": steps[name],
                    "runtime": {"command": "DIDE_SHELL"},
                },
                "outputs": {
                    "nodeOutputs": [{"data": f"{self.project.name}.{name}", "artifactType": "NodeOutput"}]
                },
            }
            for name in names
        ]
        waits = [
            {"nodeId": after, "depends": [{"type": "Normal", "output": f"{self.project.name}.{before}"}]}
            for before, after in pairwise(names)
        ]
        workflow = {
            "name": FLOW,
            "script": {"path": FLOW, "runtime": {"command": "MANUAL_WORKFLOW"}},
            "trigger": {"type": "Manual"},
            "nodes": nodes,
            "dependencies": waits,
        }
        spec = {"name": FLOW, "type": "ManualWorkflow", "workflows": [workflow]}
        document = {"kind": "ManualWorkflow", "version": "1.1.0", "spec": spec}
        job = self.ask("ImportWorkflowDefinition", document)["AsyncJob"]
        assert job["Status"] == "Success", job
        self.workflow = job["Response"]

    def read(self) -> dict[str, Any]:
        told = self.ask("GetWorkflowDefinition", Id=self.workflow, IncludeScriptContent="True")
        document = json.loads(told["WorkflowDefinition"]["Spec"])
        nodes = document["spec"]["workflows"][0]["nodes"]
        return {node["name"]: node["script"]["content"] for node in nodes}

    def run(self) -> str:
        definition = self.ask("GetWorkflowDefinition", Id=self.workflow)["WorkflowDefinition"]
        if not definition.get("WorkflowId"):
            self._deploy("Online")
            definition = self.ask("GetWorkflowDefinition", Id=self.workflow)["WorkflowDefinition"]
        started = self.ask(
            "CreateWorkflowInstances",
            WorkflowId=definition["WorkflowId"],
            Name=FLOW,
            Type="ManualWorkflow",
        )
        made = self.ask("GetCreateWorkflowInstancesResult", OperationId=started["OperationId"])["Result"]
        assert made["Status"] == "Created", made
        return str(made["WorkflowInstanceIds"][0])

    def _deploy(self, way: str) -> None:
        given = {"Type": way, "ObjectIds": json.dumps([self.workflow]), "RunMode": "Auto"}
        pipeline = self.ask("CreatePipelineRun", **given)["Id"]
        told = self.ask("GetPipelineRun", Id=pipeline)["Pipeline"]
        assert told["Status"] == "Success", told

    def state(self, run: str) -> str:
        told = self.ask("GetWorkflowInstance", Id=run)["WorkflowInstance"]
        return self.WORDS.get(told["Status"], GOING_ON)

    def output(self, run: str, step: str) -> str:
        day = self.ask("GetWorkflowInstance", Id=run)["WorkflowInstance"]["BizDate"]
        given = {"WorkflowInstanceId": run, "Bizdate": day}
        tasks = self.ask("ListTaskInstances", **given)["PagingInfo"]["TaskInstances"]
        task = next(task["Id"] for task in tasks if task["TaskName"] == step)
        text: str = self.ask("GetTaskInstanceLog", Id=task)["TaskInstanceLog"]
        return text.strip()

    def stop(self, run: str) -> None:
        told = self.ask("StopWorkflowInstances", Ids=json.dumps([int(run)]))["SuccessInfo"]
        assert told[run]["Success"], told

    def delete(self) -> None:
        self._deploy("Offline")
        self.ask("DeleteWorkflowDefinition", Id=self.workflow)


class Nebula(Rest):
    """Explorer's API runs workflows and cannot make them: making, deleting and logs are our REST's part."""

    STATUS: ClassVar[dict[int, str]] = {2: SUCCEEDED, 4: STOPPED}

    def create(self, steps: dict[str, Any]) -> None:
        super().create(steps)
        self.explorer = Explorer.of(self.key.key_id, self.key.secret)
        (found,) = self.explorer.ask("GET", "/workflows")["items"]
        self.workflow = found["id"]

    def read(self) -> dict[str, Any]:
        tasks = self.explorer.ask("GET", f"/workflows/{self.workflow}")["tasks"]
        assert [task["name"] for task in tasks] == list(self.jobs)
        return super().read()

    def run(self) -> str:
        return str(self.explorer.ask("POST", f"/workflows/{self.workflow}/jobs", {})["id"])

    def state(self, run: str) -> str:
        return self.STATUS.get(self.explorer.ask("GET", f"/jobs/{run}")["status"], GOING_ON)

    def output(self, run: str, step: str) -> str:
        tasks = self.explorer.ask("GET", f"/jobs/{run}")["tasks"]
        task = next(task["id"] for task in tasks if task["name"] == step)
        # A shell leaves no rows; a task that does is told in the tests of this dialect.
        assert self.explorer.ask("GET", f"/jobs/{run}/tasks/{task}/sample_result")["items"] == []
        first = self.ask("GET", f"projects/{self.project.ref}/runs/")["results"][-1]
        return super().output(first["id"], step)

    def stop(self, run: str) -> None:
        self.explorer.ask("PUT", f"/jobs/{run}/cancel")


class RestJob(Rest):
    """A data job, which is made and run by itself."""

    def create(self, steps: dict[str, Any]) -> None:
        self.kind = "DATAFLOW"
        for name, nodes in steps.items():
            self.create_job(name, json.dumps({"nodes": nodes}))

    def read(self) -> dict[str, Any]:
        jobs = [self.ask("GET", f"jobs/{job}/") for job in self.jobs.values()]
        return {job["name"]: json.loads(job["content"])["nodes"] for job in jobs}

    def run(self) -> str:
        (job,) = self.jobs.values()
        run: str = self.ask("POST", f"jobs/{job}/run/")["id"]
        return run

    def delete(self) -> None:
        for job in self.jobs.values():
            self.ask("DELETE", f"jobs/{job}/")


@dataclass
class Naver:
    key: AccessKey
    project: Project
    job: str = ""
    WORDS: ClassVar[dict[str, str]] = {"COMPLETED": SUCCEEDED, "CANCELED": STOPPED}

    def __post_init__(self) -> None:
        self.ask = NaverCaller.of(self.key).ask

    def create(self, steps: dict[str, Any]) -> None:
        ((name, nodes),) = steps.items()
        self.job = self.ask("POST", "/jobs", {"name": name, "nodes": nodes}, 201)["jobId"]

    def read(self) -> dict[str, Any]:
        told = self.ask("GET", f"/jobs/{self.job}")
        for node in told["nodes"]:
            for column in node.get("fieldList", ()):
                assert column.pop("properties") == []
        return {told["name"]: told["nodes"]}

    def run(self) -> str:
        run: str = self.ask("POST", f"/jobs/{self.job}/executions", {})["jobExecutionId"]
        return run

    def state(self, run: str) -> str:
        told = self.ask("GET", f"/jobs/{self.job}/executions/{run}")
        return self.WORDS.get(told["status"], GOING_ON)

    def output(self, run: str, step: str) -> str:
        """This API tells no log: what it left is read where it was written."""
        return ""

    def stop(self, run: str) -> None:
        self.ask("POST", f"/jobs/{self.job}/executions/{run}/cancel")

    def delete(self) -> None:
        self.ask("DELETE", f"/jobs/{self.job}")
