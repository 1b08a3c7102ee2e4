"""The pages of this app. The doors themselves are in each dialect's own urls, and `/` in root.py."""

from __future__ import annotations

from django.urls import path

from apps.gateways import pasting
from apps.gateways.views import access, importing

app_name = "gateways"

urlpatterns = [
    path("account/api/", access.access, name="access"),
    path("account/api/keys/new/", access.key_new, name="key_new"),
    path("account/api/keys/<int:key>/", access.key_edit, name="key_edit"),
    path("account/api/keys/<int:key>/switch/", access.key_switch, name="key_switch"),
    path("account/api/keys/<int:key>/delete/", access.key_delete, name="key_delete"),
    path("import/emr/", importing.imports, name="imports"),
    path("import/emr/<ref:operation>/", importing.one, name="import"),
    path("projects/<ref:project>/paste/", pasting.paste, name="paste"),
    path("projects/<ref:project>/settings/api/", access.project_access, name="project_access"),
]
