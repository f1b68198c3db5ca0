"""The HTTP interface: puts the groups together, turns errors into answers, and serves them in the service's loop."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from dialer.api import (
    agents,
    attempts,
    campaigns,
    consoles,
    do_not_call,
    engineers,
    events,
    evidence,
    handling,
    law,
    leads,
    lists,
    my_reviews,
    phone,
    quality,
    reports,
    review_results,
    reviews,
    samples,
    scorecards,
    scripts,
    sessions,
    sounds,
    supervision,
    users,
    waiting,
    webhooks,
)
from dialer.api.interface import REFUSALS, Interface
from dialer.core.errors import ConflictError, InputError, NotFoundError, RingpaceError, SettingsError
from dialer.doorkeeper import RefusedError, TooManyGuessesError
from dialer.settings import HttpSettings

_STATUS = {RefusedError: 401, NotFoundError: 404, ConflictError: 409, InputError: 422, TooManyGuessesError: 429}


def _answer(_request: Request, error: Exception) -> JSONResponse:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 503)
    headers = {"retry-after": f"{error.wait_s:.0f}"} if isinstance(error, TooManyGuessesError) else None
    return JSONResponse({"detail": str(error)}, status_code=status, headers=headers)


def _refusal(_request: Request, error: Exception) -> JSONResponse:
    """Which field is wrong and why; never what was sent, which may be a password."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)
    return JSONResponse({"detail": told or "the request cannot be read"}, status_code=422)


def _no_text(_request: Request, _error: Exception) -> JSONResponse:
    """Half a surrogate pair, which JSON may spell, is no character: no database takes it."""
    return JSONResponse({"detail": "the request holds half a surrogate pair, which is no text"}, status_code=422)


def build_app(service: Interface) -> FastAPI:
    """The application of one service."""
    app = FastAPI(title="Ringpace", version="1", docs_url="/api/docs", redoc_url=None, openapi_url="/api/openapi.json")
    app.state.interface = service
    app.state.doors = phone.Doors()
    app.add_exception_handler(RingpaceError, _answer)
    app.add_exception_handler(RequestValidationError, _refusal)
    app.add_exception_handler(UnicodeEncodeError, _no_text)
    app.include_router(engineers.router)
    for group in (
        sessions,
        users,
        agents,
        handling,
        campaigns,
        lists,
        quality,
        events,
        attempts,
        leads,
        do_not_call,
        webhooks,
        reports,
        phone,
        supervision,
        evidence,
        scripts,
        waiting,
        law,
    ):
        app.include_router(group.router, prefix="/api", responses=REFUSALS)
    for group in (sounds, scorecards, reviews, my_reviews, samples, review_results):
        app.include_router(group.router, prefix="/api", responses=REFUSALS)
    app.include_router(consoles.router)  # the last: it answers for every path that is nobody else's
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
        listening = socket.create_server((settings.host, settings.port))
    except OSError as error:
        raise SettingsError(f"http.port: cannot listen on {settings.host}:{settings.port}: {error}") from error
    # Whoever comes inherits it; asyncio sees no TCP in a socket made like this, and leaves it out. Without it answers
    # and news would wait up to 40 ms each for the other side's acknowledgement of what went before (RFC 896).
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Door(listening, tls)


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
        ws_max_size=phone.MOST_BYTES,
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
