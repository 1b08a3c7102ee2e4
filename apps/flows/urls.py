from __future__ import annotations

from django.urls import path

from apps.engine.plan import Act
from apps.flows import live
from apps.flows.views import (
    approvals,
    backfills,
    bulk,
    doing,
    editor,
    fires,
    inspector,
    lab,
    latest,
    lists,
    locks,
    node,
    people,
    recovery,
    replay,
    run,
    runs,
    small,
    table,
    timeline,
    versions,
)

app_name = "flows"

urlpatterns = [
    # of a project
    path("projects/<ref:project>/flows/", lists.flows, name="list"),
    path("projects/<ref:project>/flows/new/", lists.new_flow, name="new"),
    path("projects/<ref:project>/flows/find/", small.find, name="find"),
    path("projects/<ref:project>/runs/", runs.runs, name="runs"),
    path("projects/<ref:project>/runs/bulk/", bulk.bulk, name="bulk"),
    path("projects/<ref:project>/runs/recent/", runs.recent, name="recent"),
    path("projects/<ref:project>/runs/running/", small.running, name="running"),
    path("projects/<ref:project>/runs/running-on/", latest.running_on, name="running_on"),
    path("projects/<ref:project>/schedule/", timeline.timeline, name="schedule"),
    path("projects/<ref:project>/clusters/recovery/", recovery.recoveries, name="recoveries"),
    # a flow
    path("flows/<ref:flow>/edit/", editor.edit, name="edit"),
    path("flows/<ref:flow>/drawing/", editor.drawing, name="drawing"),
    path("flows/<ref:flow>/last-run/", editor.last_run, name="last_run"),
    path("flows/<ref:flow>/palette/", editor.palette, name="palette"),
    path("flows/<ref:flow>/outline/", editor.outline, name="outline"),
    path("flows/<ref:flow>/nodes/new/", editor.new_node, name="new_node"),
    path("flows/<ref:flow>/inspector/", inspector.inspector, name="inspector"),
    path("flows/<ref:flow>/node/", inspector.save_node, name="save_node"),
    path("flows/<ref:flow>/job-settings/", table.job_settings, name="job_settings"),
    path("flows/<ref:flow>/settings/", inspector.save_settings, name="save_settings"),
    path("flows/<ref:flow>/schedule/", inspector.save_schedule, name="save_schedule"),
    path("flows/<ref:flow>/begin/", inspector.save_begin, name="save_begin"),
    path("flows/<ref:flow>/schedule/preview/", fires.preview, name="preview"),
    path("flows/<ref:flow>/run/", doing.run_flow, name="run"),
    path("flows/<ref:flow>/run/with/", doing.run_with, name="run_with"),
    path("flows/<ref:flow>/publish/", versions.publish, name="publish"),
    path("flows/<ref:flow>/unpublished/", versions.unpublished_changes, name="unpublished"),
    path("flows/<ref:flow>/run-the-draft/", versions.run_the_draft, name="run_the_draft"),
    path("flows/<ref:flow>/problems/", editor.problems, name="problems"),
    path("flows/<ref:flow>/lab/", lab.parameters, name="lab"),
    path("flows/<ref:flow>/lock/", locks.lock, name="lock"),
    path("flows/<ref:flow>/here/", people.here, name="here"),
    path("flows/<ref:flow>/steps/", people.steps, name="steps"),
    path("flows/<ref:flow>/compare/", versions.compare, name="compare"),
    path("flows/<ref:flow>/versions/<int:number>/restore/", versions.restore_version, name="restore"),
    path(
        "flows/<ref:flow>/versions/<int:number>/restore-jobs/",
        versions.restore_version_jobs,
        name="restore_jobs",
    ),
    path("flows/<ref:flow>/rename/", lists.rename, name="rename"),
    path("flows/<ref:flow>/clone/", lists.clone, name="clone"),
    path("flows/<ref:flow>/delete/", lists.delete, name="delete"),
    path("flows/<ref:flow>/backfill/", backfills.new, name="new_backfill"),
    path("projects/<ref:project>/backfills/", backfills.listed, name="backfills"),
    path("backfills/<ref:backfill>/", backfills.detail, name="backfill"),
    path("backfills/<ref:backfill>/stop/", backfills.stop, name="stop_backfill"),
    # runs of a job
    path("jobs/<ref:job>/run/", doing.run_job, name="run_job"),
    path("jobs/<ref:job>/rows/", latest.job_rows, name="job_rows"),
    path("jobs/<ref:job>/runs/", runs.of_job, name="job_runs"),
    # a run
    path("runs/last-states/", latest.last_states, name="last_states"),
    path("runs/<ref:run>/", run.detail, name="run_detail"),
    path("runs/<ref:run>/head/", run.head, name="run_head"),
    path("runs/<ref:run>/overview/", run.overview, name="run_overview"),
    path("runs/<ref:run>/nodes/", run.nodes, name="run_nodes"),
    path("runs/<ref:run>/gantt/", run.gantt, name="run_gantt"),
    path("runs/<ref:run>/events/", run.events, name="run_events"),
    path("runs/<ref:run>/result/", run.result, name="run_result"),
    path("runs/<ref:run>/figures/", replay.figures_of_run, name="run_figures"),
    path("runs/<ref:run>/history/", replay.history_of_run, name="run_history"),
    path("runs/<ref:run>/kill/", doing.kill, name="kill"),
    path("runs/<ref:run>/suspend/", doing.suspend, name="suspend"),
    path("runs/<ref:run>/resume/", doing.resume, name="resume"),
    path("runs/<ref:run>/rerun/", doing.rerun, name="rerun"),
    path("runs/<ref:run>/nodes/<int:ordinal>/rerun/", doing.rerun_node, name="rerun_node"),
    *(
        path(f"runs/<ref:run>/nodes/<int:ordinal>/{act}/", doing.act_on, {"act": act}, name=f"{act}_node")
        for act in Act
    ),
    path("runs/<ref:run>/nodes/<int:ordinal>/", node.panel, name="node_panel"),
    path("runs/<ref:run>/nodes/<int:ordinal>/answer/", approvals.answer, name="answer_node"),
    path("runs/<ref:run>/nodes/<int:ordinal>/log/", node.log, name="node_log"),
    path("runs/<ref:run>/nodes/<int:ordinal>/log/download/", node.download, name="node_log_download"),
    # what open pages listen to
    path("live/", live.live, name="live"),
    path("live/poll/", live.live_poll, name="live_poll"),
]
