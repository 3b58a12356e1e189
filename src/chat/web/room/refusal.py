"""A form that came to nothing: the line by its box, the text kept."""

from litestar import Response

from chat.storage.errors import Unavailable
from chat.web.http import errors
from chat.web.http.requests import AnyRequest, is_htmx, is_proxied
from chat.web.http.security import network_of
from chat.web.http.services import Services
from chat.web.http.windows import Window
from chat.web.room.page import newest_page


async def refusal(
    request: AnyRequest,
    services: Services,
    window: Window,
    problem: Exception,
    field: str,
    typed: str,
    reply_to: int | None = None,
) -> Response[bytes]:
    """The answer to a form whose text, in `field`, was refused or could not be stored."""
    refused = errors.refused(problem)
    if refused.wait is not None and not is_proxied(request):
        await services.pauses.before_refusal(network_of(request.scope))
    gone = refused.reason == "reply.gone"
    if is_htmx(request):
        return errors.alert(services.renderers[window.audience], refused, field, drops_reply=gone)
    try:
        unsent = errors.unsent(refused, window.language, field, typed)._replace(reply_to=None if gone else reply_to)
        answer = await newest_page(request, services, window, unsent=unsent, status=errors.status(refused))
    except Unavailable:
        return errors.fault_page(request, 503, typed=typed)
    if refused.wait is not None:
        answer.headers["Retry-After"] = str(refused.wait)
    return answer
