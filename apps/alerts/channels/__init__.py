"""The ways out, by the name that a delivery keeps in its `channel` column.

A new one is a module here with a `CHANNEL`, a line below and a line in `matching.py` that
makes it a receiver.
"""

from __future__ import annotations

from apps.alerts.channels import dingtalk, email
from apps.alerts.channels.contract import Channel, DeliveryError, Letter

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (email.CHANNEL, dingtalk.CHANNEL)}

__all__ = ("CHANNELS", "Channel", "DeliveryError", "Letter")
