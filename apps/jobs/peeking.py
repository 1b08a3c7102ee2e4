"""Asks a process of its own what lies in the object store, for people who are drawing."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from django.utils.translation import gettext as _

from apps.jobs.modules import module_argv, module_env
from apps.jobs.objects import place
from apps.lib.errors import Invalid

PATIENCE = 20


def fields_in(bucket: str, prefix: str, form: str) -> list[dict[str, Any]]:
    """The columns of the first object below `prefix`, as its data looks. Raises Invalid saying why not."""
    if not bucket or not prefix:
        raise Invalid(_("Say first in which bucket and folder the data is."), field="prefix")
    question = json.dumps({"bucket": bucket, "prefix": prefix, "format": form})
    environment = {**module_env(), **place().environment()}
    try:
        done = subprocess.run(
            module_argv("apps.jobs.dataflow.peek"),
            input=question,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    except subprocess.TimeoutExpired:
        late = _("The object store did not answer within %(seconds)d seconds.")
        raise Invalid(late % {"seconds": PATIENCE}, field="prefix") from None
    except subprocess.CalledProcessError:
        raise Invalid(_("The data could not be looked at."), field="prefix") from None
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise Invalid(answer["error"], field="prefix")
    found: list[dict[str, Any]] = answer["fields"]
    return found
