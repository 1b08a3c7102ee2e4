from __future__ import annotations

from django.urls import path

from apps.projects.views import account, clusters, connections, folders, kept, projects, settings

app_name = "projects"

urlpatterns = [
    path("sign-in/", account.sign_in, name="sign_in"),
    path("sign-out/", account.sign_out, name="sign_out"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("preferences/", account.preferences, name="preferences"),
    path("switcher/", projects.switcher, name="switcher"),
    path("find/", projects.find, name="find"),
    path("projects/", projects.project_list, name="list"),
    path("projects/new/", projects.project_new, name="new"),
    path("projects/<ref:project>/", projects.home, name="home"),
    path("projects/<ref:project>/clusters/", clusters.clusters, name="clusters"),
    path("projects/<ref:project>/clusters/hosts/<ref:host>/remove/", clusters.remove, name="host_remove"),
    path("projects/<ref:project>/settings/", settings.general, name="settings"),
    path("projects/<ref:project>/settings/pause/", settings.pause, name="pause"),
    path("projects/<ref:project>/settings/members/", settings.members, name="members"),
    path("projects/<ref:project>/settings/members/<int:member>/", settings.member, name="member"),
    path("projects/<ref:project>/settings/variables/", settings.variables, name="variables"),
    path(
        "projects/<ref:project>/settings/variables/<int:variable>/delete/",
        settings.variable_delete,
        name="variable_delete",
    ),
    path("projects/<ref:project>/settings/connections/", connections.connections, name="connections"),
    path(
        "projects/<ref:project>/settings/connections/<int:connection>/",
        connections.connection,
        name="connection",
    ),
    path("projects/<ref:project>/settings/clusters/", settings.cluster_links, name="cluster_links"),
    path("projects/<ref:project>/settings/clusters/<int:link>/", settings.cluster_link, name="cluster_link"),
    path("projects/<ref:project>/settings/retention/", kept.retention, name="retention"),
    path("projects/<ref:project>/settings/audit/", settings.audit, name="audit"),
    path("projects/<ref:project>/settings/delete/", settings.delete, name="delete"),
    path("projects/<ref:project>/folders/new/<str:tree>/", folders.folder_new, name="folder_new"),
    path("folders/<ref:folder>/", folders.folder_edit, name="folder_edit"),
    path("folders/<ref:folder>/delete/", folders.folder_delete, name="folder_delete"),
]
