from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

from apps.config.health import healthz
from apps.gateways.root import bad_request, root, server_error

handler400 = bad_request
handler500 = server_error

admin.autodiscover()

urlpatterns = [
    path("", root, name="root"),
    path("healthz", healthz, name="healthz"),
    path("api/headrace/v1/", include("apps.gateways.rest.urls")),
    path("api/v1/", include("apps.gateways.naver.urls")),
    path("api-open/v1/", include("apps.gateways.nebula.urls")),
    path("", include("apps.gateways.urls")),
    path("", include("apps.projects.urls")),
    path("", include("apps.flows.urls")),
    path("", include("apps.alerts.urls")),
    path("", include("apps.jobs.urls")),
    path("i18n/catalog.js", JavaScriptCatalog.as_view(packages=["apps.config"]), name="javascript_catalog"),
    path("admin/", admin.site.urls),
]
