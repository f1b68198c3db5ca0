"""The HTTP interface: puts the groups together, turns errors into answers, and serves them in the service's loop."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from dialer.api import agents, campaigns, engineers, quality
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
    app.include_router(quality.router, dependencies=[Depends(authorised)])
    return app


class _Server(uvicorn.Server):
    """A server that leaves the signals to the service."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the service drains first."""
        yield


@dataclass(frozen=True, slots=True)
class Door:
    """Where the interface listens, and its end of TLS; None for plain HTTP."""

    socket: socket.socket
    tls: ssl.SSLContext | None = None


def listen(settings: HttpSettings) -> Door:
    """The interface's door; SettingsError, which names the key, where the certificate or the port cannot be had."""
    tls = None
    if settings.tls_cert is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            tls.load_cert_chain(settings.tls_cert, settings.tls_key, password="")
        except OSError as error:
            raise SettingsError(f"http.tls_cert: {settings.tls_cert} and its key cannot be used: {error}") from error
    try:
        return Door(socket.create_server((settings.host, settings.port)), tls)
    except OSError as error:
        raise SettingsError(f"http.port: cannot listen on {settings.host}:{settings.port}: {error}") from error


async def serve_http(app: FastAPI, at: Door) -> None:
    """Serve at this door until cancelled, and close it."""
    tls = at.tls
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        server_header=False,
        ssl_context_factory=None if tls is None else (lambda _config, _default: tls),
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[at.socket]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True  # cancelled in the middle, it would leave its sockets open
        await serving
        at.socket.close()
