"""The addresses of our own API, below /api/headrace/v1/."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.engine.plan import Act
from apps.gateways.rest.views import (
    backfills,
    clusters,
    documents,
    fires,
    flows,
    jobs,
    projects,
    resources,
    runs,
    runs_bulk,
    view,
)

app_name = "rest"

urlpatterns = [
    path("me/", projects.Me.as_view(), name="me"),
    path("projects/", projects.Projects.as_view(), name="projects"),
    path("projects/<ref:project>/", projects.OneProject.as_view(), name="project"),
    path("projects/<ref:project>/folders/", projects.Folders.as_view(), name="folders"),
    path("projects/<ref:project>/connections/", projects.Connections.as_view(), name="connections"),
    path(
        "projects/<ref:project>/connections/<str:connection>/",
        projects.OneConnection.as_view(),
        name="connection",
    ),
    path("projects/<ref:project>/clusters/", clusters.Clusters.as_view(), name="clusters"),
    path("projects/<ref:project>/clusters/<ref:cluster>/", clusters.OneCluster.as_view(), name="cluster"),
    path("projects/<ref:project>/hosts/", clusters.Hosts.as_view(), name="hosts"),
    path("projects/<ref:project>/hosts/<ref:host>/", clusters.OneHost.as_view(), name="host"),
    path("projects/<ref:project>/jobs/", jobs.Jobs.as_view(), name="jobs"),
    path("projects/<ref:project>/flows/", flows.Flows.as_view(), name="flows"),
    path("projects/<ref:project>/runs/", runs.Runs.as_view(), name="runs"),
    path("projects/<ref:project>/storages/", resources.Storages.as_view(), name="storages"),
    path("projects/<ref:project>/storages/<ref:storage>/", resources.OneStorage.as_view(), name="storage"),
    path("projects/<ref:project>/resources/", resources.Resources.as_view(), name="resources"),
    path("projects/<ref:project>/resources/content/", resources.Content.as_view(), name="content"),
    path("jobs/<ref:job>/", jobs.OneJob.as_view(), name="job"),
    path("jobs/<ref:job>/run/", jobs.RunJob.as_view(), name="run_job"),
    path("flows/<ref:flow>/", flows.OneFlow.as_view(), name="flow"),
    path("flows/<ref:flow>/fires/", fires.Fires.as_view(), name="fires"),
    path("flows/<ref:flow>/run/", flows.RunFlow.as_view(), name="run_flow"),
    path("runs/bulk/", runs_bulk.BulkRuns.as_view(), name="bulk_runs"),
    path("runs/<ref:run>/", runs.OneRun.as_view(), name="run"),
    path("runs/<ref:run>/kill/", runs.KillRun.as_view(), name="kill_run"),
    path("runs/<ref:run>/rerun/", runs.Rerun.as_view(), name="rerun"),
    path("runs/<ref:run>/suspend/", runs.SuspendRun.as_view(), name="suspend_run"),
    path("runs/<ref:run>/resume/", runs.ResumeRun.as_view(), name="resume_run"),
    path("runs/<ref:run>/nodes/", runs.Nodes.as_view(), name="nodes"),
    path("runs/<ref:run>/nodes/<int:ordinal>/", runs.OneNode.as_view(), name="node"),
    *(
        path(
            f"runs/<ref:run>/nodes/<int:ordinal>/{name}/",
            runs.AnswerNode.as_view(approve=approve),
            name=f"{name}_node",
        )
        for name, approve in (("approve", True), ("refuse", False))
    ),
    path("runs/<ref:run>/nodes/<int:ordinal>/log/", runs.NodeLog.as_view(), name="node_log"),
    *(
        path(
            f"runs/<ref:run>/nodes/<int:ordinal>/{act}/", runs.ActOnNode.as_view(act=act), name=f"{act}_node"
        )
        for act in Act
    ),
    path("flows/<ref:flow>/backfills/", backfills.NewBackfill.as_view(), name="new_backfill"),
    path("flows/<ref:flow>/backfills/plan/", backfills.PlanBackfill.as_view(), name="plan_backfill"),
    path("backfills/<ref:backfill>/", backfills.OneBackfill.as_view(), name="backfill"),
    path("backfills/<ref:backfill>/stop/", backfills.StopBackfill.as_view(), name="stop_backfill"),
    path("documents/<ref:document>/", documents.OneDocument.as_view(), name="document"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="rest:schema"), name="docs"),
    re_path(r"", view.UnknownAddress.as_view()),
]
