"""The addresses of Data Flow, below /api/v1/. A slash at the end is passed over."""

from __future__ import annotations

from django.urls import re_path

from apps.gateways.naver import operations
from apps.gateways.naver.endpoint import endpoint, unknown_address

app_name = "naver"

_JOB = r"jobs/(?P<job>[^/]+)"

urlpatterns = [
    re_path(r"^jobs/?$", endpoint({"POST": 201}, GET=operations.list_jobs, POST=operations.create_job)),
    re_path(r"^jobs/verify/?$", endpoint(POST=operations.verify_job)),
    re_path(
        rf"^{_JOB}/?$",
        endpoint(
            GET=operations.get_job,
            PUT=operations.update_job,
            PATCH=operations.update_job,
            DELETE=operations.delete_job,
        ),
    ),
    re_path(
        rf"^{_JOB}/executions/?$",
        endpoint(
            GET=operations.list_executions,
            POST=operations.execute,
            PUT=operations.update_condition,
            PATCH=operations.update_condition,
        ),
    ),
    re_path(rf"^{_JOB}/executions/(?P<execution>[^/]+)/?$", endpoint(GET=operations.get_execution)),
    re_path(
        rf"^{_JOB}/executions/(?P<execution>[^/]+)/cancel/?$", endpoint(POST=operations.cancel_execution)
    ),
    re_path(r"", unknown_address),
]
