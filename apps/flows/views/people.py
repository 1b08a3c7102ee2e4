"""Several people on one flow: who is where, and what the others saved."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.drawings.actions import CLIENT_LENGTH
from apps.drawings.queries import steps_since
from apps.engine.drafts import MAX_ID
from apps.flows.views.reach import flow_of
from apps.lib.errors import Invalid
from apps.lib.presence import say_gone, say_here


@require_POST
def here(request: HttpRequest, flow: int) -> HttpResponse:
    """`client` has the flow open and `node` selected; with `edits` it types into it, with `gone` it left."""
    found = flow_of(request, flow)
    client = request.POST.get("client", "")
    if not 8 <= len(client) <= CLIENT_LENGTH or not client.isascii():
        raise Invalid(_("A page names itself by 8 to {n} letters.").format(n=CLIENT_LENGTH), field="client")
    place = f"flow.{found.ref}"
    if "gone" in request.POST:
        say_gone(place, client)
    else:
        name = request.user.get_full_name() or request.user.get_username()
        node = request.POST.get("node", "")[:MAX_ID]
        what = {"name": name, "user": request.user.pk, "node": node, "edits": "edits" in request.POST}
        say_here(place, client, what)
    return HttpResponse(status=204)


@require_GET
def steps(request: HttpRequest, flow: int) -> JsonResponse:
    """What was saved of the drawing since version `?since=`."""
    document = flow_of(request, flow).document
    asked = request.GET.get("since", "")
    if not asked.isdigit() or len(asked) > 9:
        raise Invalid(_("Say since which version."), field="since")
    since = steps_since(document, int(asked)) if int(asked) != document.version else []
    return JsonResponse({"version": document.version, "since": since})
