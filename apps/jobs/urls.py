from __future__ import annotations

from django.urls import path

from apps.jobs.views import detail, explorer

app_name = "jobs"

urlpatterns = [
    path("projects/<ref:project>/jobs/", explorer.job_list, name="list"),
    path("projects/<ref:project>/jobs/new/", explorer.job_new, name="new"),
    path("projects/<ref:project>/jobs/find/", explorer.find, name="find"),
    path("jobs/<ref:job>/", detail.detail, name="detail"),
    path("jobs/<ref:job>/preview/", detail.preview_values, name="preview"),
    path("jobs/<ref:job>/move/", explorer.move, name="move"),
    path("jobs/<ref:job>/clone/", explorer.clone, name="clone"),
    path("jobs/<ref:job>/delete/", explorer.delete, name="delete"),
]
