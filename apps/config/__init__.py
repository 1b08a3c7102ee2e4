"""Glue: settings, urls, processes. Imports anything, imported by nothing."""

from apps.config.celery import app as celery_app

__all__ = ("celery_app",)
