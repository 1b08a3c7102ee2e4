from __future__ import annotations

from django.urls import path

from apps.alerts.views import deliveries, receivers, rules

app_name = "alerts"

urlpatterns = [
    path("projects/<ref:project>/alerts/", rules.of_project, name="index"),
    path("projects/<ref:project>/alerts/receivers/", receivers.receivers, name="receivers"),
    path("projects/<ref:project>/alerts/receivers/<slug:sort>/new/", receivers.new, name="new"),
    path("projects/<ref:project>/alerts/receivers/<slug:sort>/<str:biz_id>/", receivers.edit, name="edit"),
    path(
        "projects/<ref:project>/alerts/receivers/<slug:sort>/<str:biz_id>/delete/",
        receivers.delete,
        name="delete",
    ),
    path(
        "projects/<ref:project>/alerts/receivers/<slug:sort>/<str:biz_id>/test/", receivers.test, name="test"
    ),
    path("projects/<ref:project>/alerts/deliveries/", deliveries.deliveries, name="deliveries"),
    path("projects/<ref:project>/alerts/deliveries/<int:delivery>/", deliveries.delivery, name="delivery"),
    path("projects/<ref:project>/alerts/deliveries/<int:delivery>/replay/", deliveries.replay, name="replay"),
    path("flows/<ref:flow>/alerts/", rules.of_flow, name="flow"),
]
