from __future__ import annotations

from django.core.management.base import BaseCommand

from apps.flows.broadcast import Ear
from apps.flows.hosts import register_host
from apps.flows.wake import wake
from apps.flows.warden import Warden
from apps.lib.private import keep_private


class Command(BaseCommand):
    help = "Serve this host: claim ready nodes, have them started, follow them to their end."
    #: They would load every page of the web service, and keep it in memory.
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        keep_private()
        warden = Warden(register_host())
        Ear(wake).start()
        warden.serve()
