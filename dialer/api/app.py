"""The HTTP interface: puts the groups together, turns errors into answers, and serves them in the service's loop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from dialer.api import agents, campaigns, engineers
from dialer.api.interface import Interface, authorised
from dialer.core.errors import ConflictError, InputError, NotFoundError, RingpaceError, SettingsError
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


def listen(settings: HttpSettings) -> socket.socket:
    """The socket of the interface; SettingsError, which names the key, where the port is taken."""
    try:
        return socket.create_server((settings.host, settings.port))
    except OSError as error:
        raise SettingsError(f"http.port: cannot listen on {settings.host}:{settings.port}: {error}") from error


async def serve_http(app: FastAPI, on: socket.socket) -> None:
    """Serve on this socket until cancelled, and close it."""
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[on]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True  # cancelled in the middle, it would leave its sockets open
        await serving
        on.close()
