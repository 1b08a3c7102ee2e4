"""Where the systems of a cluster are asked about jobs that run there, as its settings say."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.lib.outbound import Refused, require_web_address

#: Name in the settings -> an example. All are web addresses but for the namespace.
ENDPOINTS = {
    "yarn": "http://resourcemanager:8088",
    "history": "http://historyserver:19888",
    "spark": "http://spark-master:6066",
    "kubernetes": "https://kubernetes:6443",
    "namespace": "jobs",
}
HELP = gettext_lazy(
    "A JSON object of addresses: yarn (ResourceManager; several with commas between them), history (its"
    " history server, for logs), spark (REST of a standalone master), kubernetes, and the namespace there."
)


def validate_endpoints(value: Any) -> None:
    """Raises ValidationError saying which name or address is wrong, and what would be right."""
    if not isinstance(value, dict):
        example = {"example": _example("yarn")}
        raise ValidationError(_("This must be a JSON object like %(example)s.") % example)
    for name, text in value.items():
        if name not in ENDPOINTS:
            names = {"name": name, "known": ", ".join(ENDPOINTS)}
            raise ValidationError(_("%(name)s is not known; known are %(known)s.") % names)
        if not isinstance(text, str) or not text.strip():
            names = {"name": name, "example": _example(name)}
            raise ValidationError(_("%(name)s must be a text, as in %(example)s.") % names)
        if name != "namespace":
            _validate_addresses(name, text)


def _validate_addresses(name: str, text: str) -> None:
    for address in text.split(","):
        try:
            require_web_address(address.strip())
        except Refused as error:
            raise ValidationError(f"{name}: {error}") from None


def _example(name: str) -> str:
    return f'{{"{name}": "{ENDPOINTS[name]}"}}'
