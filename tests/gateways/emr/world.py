"""One project in which something of everything happened, for calls to be made about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from django.utils import timezone

from apps.alerts import actions as alerts
from apps.alerts.models import Contact, DingTalkGroup, UserGroup
from apps.engine.plan import Claimed, Reported
from apps.engine.states import State
from apps.flows import runs
from apps.flows.actions import create_flow
from apps.flows.models import Flow, NodeRun, Run
from apps.gateways.emr.wire.ids import spell_id
from apps.jobs import logs
from apps.jobs.actions import create_job
from apps.jobs.models import Job
from apps.projects.actions import create_folder, create_project
from apps.projects.models import Cluster, Folder, Host, Project, User

NOMINAL = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)


@dataclass
class World:
    owner: User
    cluster: Cluster
    host: Host
    project: Project
    folder: Folder
    jobs: list[Job]
    flow: Flow
    child: Flow
    run: Run
    job_run: Run
    contact: Contact
    user_group: UserGroup
    dingtalk_group: DingTalkGroup

    @property
    def nodes(self) -> list[NodeRun]:
        return list(self.run.node_runs.order_by("ordinal"))

    def ids(self) -> dict[str, str]:
        """What the cases write as {project}, {job1} …"""
        return {
            "project": spell_id("project", self.project),
            "cluster": spell_id("cluster", self.cluster),
            "folder": spell_id("folder", self.folder),
            "job1": spell_id("job", self.jobs[0]),
            "job2": spell_id("job", self.jobs[1]),
            "flow": spell_id("flow", self.flow),
            "child": spell_id("flow", self.child),
            "run": spell_id("run", self.run),
            "start": spell_id("node run", self.nodes[0]),
            "node1": spell_id("node run", self.nodes[1]),
            "node2": spell_id("node run", self.nodes[2]),
            "job_run": spell_id("job run", self.job_run),
            "contact": self.contact.biz_id,
            "user_group": self.user_group.biz_id,
            "dingtalk_group": self.dingtalk_group.biz_id,
            "graph": graph(self.jobs),
        }


def make_world(owner: User) -> World:
    cluster = Cluster.objects.create(name="local")
    host = Host.objects.create(
        cluster=cluster,
        name="mill-1",
        cores=4,
        memory_mb=8192,
        address="10.0.0.5",
        heartbeat_at=timezone.now(),
    )
    project = create_project(name="Orders", description="order lines", by=owner)
    folder = create_folder(project, tree="JOB", name="nightly", by=owner)
    jobs = [
        create_job(
            project,
            name="extract",
            kind="SHELL",
            by=owner,
            folder=folder,
            description="d1",
            content="echo one",
            max_retry=1,
            params_text='{"date":"${yyyy-MM-dd}"}',
            env_text='{"A":"b"}',
            run_conf_text='{"userName":"hadoop"}',
            resources=[("oss://b/a.jar", "a.jar")],
        ),
        create_job(
            project,
            name="load",
            kind="SHELL",
            by=owner,
            description="d2",
            content="echo two",
            fail_act="CONTINUE",
        ),
    ]
    contact = alerts.create_contact(name="Mina", email="mina@example.com", phone_number="138", by=owner)
    user_group = alerts.create_user_group(
        name="On call", description="g", contact_ids=[contact.biz_id], by=owner
    )
    webhook = "http://127.0.0.1:9/robot/send?access_token=hush"
    dingtalk_group = alerts.create_dingtalk_group(
        name="Data team", description="r", webhook=webhook, by=owner
    )
    flow = create_flow(
        project,
        name="nightly",
        by=owner,
        description="d",
        graph=graph(jobs),
        cluster=cluster,
        cluster_id_given=spell_id("cluster", cluster),
        schedule={"cron": "0 0 3 * * ?", "start_at": NOMINAL, "enabled": True},
        alert_rules=[
            {
                "event": "flow.failed",
                "enabled": True,
                "user_groups": [user_group.biz_id],
                "dingtalk_groups": [dingtalk_group.biz_id],
            }
        ],
        dialect_settings={"Lifecycle": "1"},
    )
    child = create_flow(project, name="after", by=owner, description="d", parents=[flow])
    run = runs.submit_flow(flow, by=owner, trigger="api", nominal_at=NOMINAL)
    work_off(run, host, {"load": 3})
    job_run = runs.submit_job(jobs[1], by=owner, cluster=cluster)
    return World(
        owner=owner,
        cluster=cluster,
        host=host,
        project=project,
        folder=folder,
        jobs=jobs,
        flow=flow,
        child=child,
        run=run,
        job_run=job_run,
        contact=contact,
        user_group=user_group,
        dingtalk_group=dingtalk_group,
    )


def work_off(run: Run, host: Host, exit_codes: Mapping[str, int] | None = None) -> None:
    """Do by hand what a warden does, until the run ends; a node's output is its name, twice."""
    while ready := list(NodeRun.objects.filter(run=run, state=State.READY)):
        for node in ready:
            runs.step(run.pk, [Claimed(node.ordinal, host.pk)])
            node.refresh_from_db()
            path = logs.log_path(run.uid, node.ordinal, node.attempt)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{node.name} 1\n{node.name} 2\n")
            code = (exit_codes or {}).get(node.name, 0)
            runs.step(run.pk, [Reported(node.ordinal, node.token, code, timezone.now())])
    run.refresh_from_db()


def graph(jobs: list[Job], **start: object) -> str:
    """START → each job in turn → END, spelt as the console spells it (spaces, odd numbers, unknown keys)."""
    ids = ["48d474ea", *(f"7ba480b{n}" for n in range(len(jobs))), "33202d60"]
    nodes: list[dict[str, object]] = [
        {"id": ids[0], "index": 0, "spmAnchorId": "0.0.0.i0", "attribute": {"type": "START"}, "size": "80*34"}
        | {"shape": "startControlNode", "type": "node", "x": 500, "y": 250}
        | start
    ]
    for place, job in enumerate(jobs, 1):
        nodes.append(
            {"id": ids[place], "index": place, "label": job.name, "shape": "shellJobNode", "type": "node"}
            | {"attribute": {"jobType": job.kind, "jobId": spell_id("job", job), "type": "JOB"}}
            | {"config": {"hostName": ""}, "x": 470.5, "y": 250 + 100.5 * place, "size": "170*34"}
        )
    nodes.append(
        {"id": ids[-1], "index": len(jobs) + 1, "attribute": {"type": "END"}, "shape": "endControlNode"}
        | {"type": "node", "x": 430.5, "y": 900, "size": "80*34"}
    )
    edges = [
        {"id": f"e8d5ff5{n}", "index": len(nodes) + n, "source": source, "target": target}
        | {"sourceAnchor": 0 if n == 0 else 1, "targetAnchor": 0}
        for n, (source, target) in enumerate(pairwise(ids))
    ]
    return json.dumps({"nodes": nodes, "edges": edges})
