"""The HTTP interface: puts the groups together, turns errors into answers, and serves them in the service's loop."""

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from dialer.api import agents, campaigns, engineers
from dialer.api.interface import Interface, authorised
from dialer.core.errors import ConflictError, InputError, NotFoundError, RingpaceError
from dialer.settings import HttpSettings

_STATUS = {NotFoundError: 404, ConflictError: 409, InputError: 422}


def _answer(_request: Request, error: Exception) -> JSONResponse:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 503)
    return JSONResponse({"detail": str(error)}, status_code=status)


def build_app(service: Interface) -> FastAPI:
    """The application of one service."""
    app = FastAPI(title="Ringpace", version="1")
    app.state.interface = service
    app.add_exception_handler(RingpaceError, _answer)
    app.include_router(engineers.router)
    app.include_router(agents.router, dependencies=[Depends(authorised)])
    app.include_router(campaigns.router, dependencies=[Depends(authorised)])
    return app


class _Server(uvicorn.Server):
    """A server that leaves the signals to the service."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the service drains first."""
        yield


async def serve_http(app: FastAPI, settings: HttpSettings) -> None:
    """Serve until cancelled."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    await _Server(config).serve()
