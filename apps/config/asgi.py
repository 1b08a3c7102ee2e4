from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from apps.lib.private import keep_private

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")

keep_private()
application = get_asgi_application()
