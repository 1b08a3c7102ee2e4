"""The pages of this app. The doors themselves are in each dialect's own urls, and `/` in root.py."""

from __future__ import annotations

from django.urls import path

from apps.gateways import pasting, views

app_name = "gateways"

urlpatterns = [
    path("account/api/", views.access, name="access"),
    path("account/api/keys/new/", views.key_new, name="key_new"),
    path("account/api/keys/<int:key>/", views.key_edit, name="key_edit"),
    path("account/api/keys/<int:key>/switch/", views.key_switch, name="key_switch"),
    path("account/api/keys/<int:key>/delete/", views.key_delete, name="key_delete"),
    path("projects/<ref:project>/paste/", pasting.paste, name="paste"),
    path("projects/<ref:project>/settings/api/", views.project_access, name="project_access"),
]
