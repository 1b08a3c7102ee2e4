"""What the drawing of a run is told besides states: durations, the forecast, and how it went."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from apps.flows.figures import figures, history
from apps.flows.views.reach import run_of


@require_GET
def figures_of_run(request: HttpRequest, run: int) -> JsonResponse:
    return JsonResponse(figures(run_of(request, run), timezone.now()))


@require_GET
def history_of_run(request: HttpRequest, run: int) -> JsonResponse:
    return JsonResponse(history(run_of(request, run), timezone.now()))
