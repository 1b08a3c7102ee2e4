from django.apps import AppConfig


class DrawingsConfig(AppConfig):
    name = "apps.drawings"
    label = "drawings"
