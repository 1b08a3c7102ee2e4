"""The addresses of Explorer's open API, below /api-open/v1/."""

from __future__ import annotations

from django.urls import path, re_path

from apps.gateways.nebula import operations
from apps.gateways.nebula.service import connect, door, unknown

app_name = "nebula"

urlpatterns = [
    path("connect", connect),
    path("jobs", door(GET=operations.list_jobs)),
    path("jobs/<job>", door(GET=operations.get_job)),
    path("jobs/<job>/cancel", door(PUT=operations.cancel_job)),
    path("jobs/<job>/tasks/<task>/sample_result", door(GET=operations.get_sample_result)),
    path("workflows", door(GET=operations.list_workflows)),
    path("workflows/<workflow>", door(GET=operations.get_workflow)),
    path("workflows/<workflow>/jobs", door(GET=operations.list_workflow_jobs, POST=operations.add_job)),
    re_path(r"", unknown),
]
