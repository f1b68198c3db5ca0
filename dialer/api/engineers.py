"""For on-call engineers: is it healthy, and if not, which part; and the numbers that Prometheus collects."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from dialer.api.interface import Service

router = APIRouter(tags=["engineers"])


@router.get("/health", responses={503: {"description": "a part is ill"}})
async def health(service: Service) -> JSONResponse:
    """Every part with its state; 503 where one is ill, naming it and what to do."""
    parts = service.health()
    ill = [part.part for part in parts if not part.ok]
    body: dict[str, Any] = {"ok": bool(parts) and not ill, "ill": ill, "parts": [asdict(part) for part in parts]}
    return JSONResponse(body, status_code=200 if body["ok"] else 503)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(service: Service) -> Response:
    """The metrics, in Prometheus's text format."""
    return Response(service.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
