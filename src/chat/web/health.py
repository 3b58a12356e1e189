"""What the operator asks."""

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType

from chat.web.http.services import Services


@get("/health", media_type=MediaType.JSON)
async def health(services: NamedDependency[Services]) -> Response[bytes]:
    """200 when messages can be stored, else 503 and why. Without wake-ups, news of other processes come later; a job
    that died has been started anew. A proxy that is not named harms nothing but makes all behind it one address."""
    problem = await services.database_health.problem()
    deaf = services.bus and services.bus.problem
    deaths = services.jobs.problems()
    found = {
        "status": "failing" if problem else "degraded" if deaf or deaths else "ok",
        "database": problem or "ok",
        "wake_ups": deaf or "ok",
        "proxy": services.unnamed_proxy.problem or "ok",
        "jobs": deaths or "ok",
        "held_polls": services.waiters.places.taken,
    }
    return Response(msgspec.json.encode(found), status_code=503 if problem else 200, media_type=MediaType.JSON)
