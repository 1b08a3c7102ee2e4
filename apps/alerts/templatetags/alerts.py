"""How alerts read on pages."""

from __future__ import annotations

from django import template

from apps.lib.outbound import shown

register = template.Library()


@register.filter
def masked(webhook: str) -> str:
    """A webhook without its token: where it goes, and the last four characters to tell two apart.

    >>> masked("https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef")
    'https://oapi.dingtalk.com/…cdef'
    """
    return f"{shown(webhook)}/…{webhook[-4:]}" if webhook else ""
