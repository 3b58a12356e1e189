"""Reporting a message."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from chat.actions import reports
from chat.domain.refusals import Refused
from chat.web.http import errors
from chat.web.http.forms import number
from chat.web.http.requests import SHEET, AnyRequest, Posted, is_htmx, visitor_of


@post("/messages/{seq:str}/report", status_code=200)
async def report(request: AnyRequest, posted: NamedDependency[Posted], seq: FromPath[str]) -> Response[Any]:
    """Tell the moderators of a message: fields `reason` and `text`."""
    services, window, form = posted
    renderer = services.renderers[window.audience]
    try:
        form.check("text")
        visitor = await visitor_of(request, window)
        filed = await reports.file(
            services.actions, window.room, visitor, number(seq), form.get("reason"), form.get("text")
        )
    except Refused as problem:
        line = errors.explain(problem, window.language)
        if not is_htmx(request):
            return errors.fault_page(request, errors.status(problem), form.get("text"), line)
        body = renderer.render("shared/_alert.html", alert=line, id="report-alert")
        headers = {"HX-Retarget": "#report-alert", "HX-Reswap": "outerHTML"}
        return Response(body, status_code=422, media_type=MediaType.HTML, headers=headers)
    if not filed:
        raise NotFoundException()
    if is_htmx(request):
        return Response(renderer.render("room/_reported_sheet.html"), media_type=MediaType.HTML, headers=SHEET)
    return Redirect(f"{window.path}messages/{number(seq)}?reported=1", status_code=303)
