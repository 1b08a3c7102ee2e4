from __future__ import annotations

from django.urls import path

from apps.jobs.views import dataflow, detail, explorer, resources, storages

app_name = "jobs"

urlpatterns = [
    path("projects/<ref:project>/jobs/", explorer.job_list, name="list"),
    path("projects/<ref:project>/jobs/new/", explorer.job_new, name="new"),
    path("projects/<ref:project>/jobs/find/", explorer.find, name="find"),
    path("projects/<ref:project>/resources/", resources.resources, name="resources"),
    path("projects/<ref:project>/resources/pick/", resources.pick, name="pick_resource"),
    path("projects/<ref:project>/resources/states/", resources.states, name="resource_states"),
    path("projects/<ref:project>/resources/upload/", resources.upload, name="upload_resource"),
    path("projects/<ref:project>/resources/folder/", resources.new_folder, name="resource_folder"),
    path("projects/<ref:project>/resources/delete/", resources.delete, name="delete_resource"),
    path("projects/<ref:project>/resources/download/", resources.download, name="download_resource"),
    path("projects/<ref:project>/storages/new/", storages.new, name="new_storage"),
    path("projects/<ref:project>/storages/<ref:storage>/", storages.edit, name="storage"),
    path("jobs/<ref:job>/", detail.detail, name="detail"),
    path("jobs/<ref:job>/inspector/", dataflow.inspector, name="inspector"),
    path("jobs/<ref:job>/outline/", dataflow.outline, name="outline"),
    path("jobs/<ref:job>/node/", dataflow.save_node, name="save_node"),
    path("jobs/<ref:job>/settings/", dataflow.save_settings, name="save_settings"),
    path("jobs/<ref:job>/content/", dataflow.save_content, name="save_content"),
    path("jobs/<ref:job>/preview/", detail.preview_values, name="preview"),
    path("jobs/<ref:job>/move/", explorer.move, name="move"),
    path("jobs/<ref:job>/clone/", explorer.clone, name="clone"),
    path("jobs/<ref:job>/delete/", explorer.delete, name="delete"),
]
