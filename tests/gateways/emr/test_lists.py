"""The cost of a list does not grow with its rows."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts import actions as alerts
from apps.flows import runs
from apps.flows.actions import clone_flow
from apps.flows.revisions import freeze_flow, freeze_job
from apps.jobs.actions import clone_job
from apps.projects.actions import add_member, create_folder, create_project, set_variable
from apps.projects.models import Cluster, ClusterSetting, Host
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import World, work_off

pytestmark = pytest.mark.django_db

LISTS = {
    "ListFlowProject": {},
    "ListFlowProjectUser": {"ProjectId": "project"},
    "ListFlowProjectClusterSetting": {"ProjectId": "project"},
    "ListFlowCluster": {"ProjectId": "project"},
    "ListFlowClusterAll": {},
    "ListFlowClusterHost": {"ProjectId": "project", "ClusterId": "cluster"},
    "ListFlowClusterAllHosts": {"ProjectId": "project", "ClusterId": "cluster"},
    "ListFlowCategory": {"ProjectId": "project"},
    "DescribeFlowCategoryTree": {"ProjectId": "project", "Type": "JOB"},
    "ListFlowJob": {"ProjectId": "project"},
    "ListFlowJobHistory": {"ProjectId": "project", "Id": "job2"},
    "ListFlow": {},
    "ListFlowInstance": {"ProjectId": "project"},
    "DescribeFlowInstance": {"ProjectId": "project", "Id": "run"},
    "ListFlowNodeInstance": {"ProjectId": "project"},
    "GetFlowAuditLogs": {"EntityGroupId": "project"},
    "GetFlowEntityRelationGraph": {"EntityId": "project"},
    "ListFlowEntitySnapshot": {"EntityId": "flow"},
    "ListFlowEntitySnapshot of a job": {"EntityId": "job1"},
    "DescribeFlowVariableCollection": {"EntityId": "project"},
    "ListAlertContacts": {},
    "ListAlertUserGroup": {},
    "ListAlertDingDingGroup": {},
}


def commit(world: World, message: str) -> None:
    freeze_flow(world.flow, by=world.owner, message=message)
    freeze_job(world.jobs[0], by=world.owner, message=message)


def grow(world: World) -> None:
    """Three more of everything."""
    owner, project = world.owner, world.project
    for number in range(3):
        create_project(name=f"more {number}", by=owner)
        add_member(project, user_name=f"more {number}", role="viewer", by=owner)
        cluster = Cluster.objects.create(name=f"more {number}")
        ClusterSetting.objects.create(project=project, cluster=cluster)
        for other in (cluster, world.cluster):
            Host.objects.create(cluster=other, name=f"more {number}")
        create_folder(project, tree="JOB", name=f"more {number}", parent=world.folder, by=owner)
        clone_job(world.jobs[0], by=owner)
        commit(world, f"more {number}")
        set_variable(project, name=f"more_{number}", value="x", secret=False, by=owner)
        work_off(runs.submit_flow(clone_flow(world.flow, by=owner), by=owner), world.host)
        contact = alerts.create_contact(name=f"more {number}", by=owner)
        alerts.create_user_group(name=f"more {number}", contact_ids=[contact.biz_id], by=owner)
        alerts.create_dingtalk_group(name=f"more {number}", webhook="http://127.0.0.1:9/x", by=owner)
    world.user_group.contacts.add(contact)


def test_no_list_asks_more_queries_for_more_rows(caller: RpcCaller, world: World) -> None:
    def cost(action: str, names: dict[str, str]) -> tuple[int, int]:
        """(queries, size of the answer)."""
        given = {name: ids.get(value, value) for name, value in names.items()}
        with CaptureQueriesContext(connection) as queries:
            reply = caller.ask(action.partition(" ")[0], **given)
        return len(queries), len(json.dumps(reply))

    ids = world.ids()
    commit(world, "first")
    caller.ask("ListFlowProject")  # the first call also notes that the key was used
    before = {action: cost(action, names) for action, names in LISTS.items()}
    grow(world)
    after = {action: cost(action, names) for action, names in LISTS.items()}
    for action in LISTS:
        assert after[action][0] == before[action][0], action
        assert after[action][1] > before[action][1] or action == "DescribeFlowInstance", action
