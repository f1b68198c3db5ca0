"""Reads the bodies of requests that other systems send, and the moments in any; says which key of them is wrong."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ValidationError

from dialer.core.errors import InputError, problems_of

_MOST_BYTES = 4 * 1024 * 1024

Model = TypeVar("Model", bound=BaseModel)


def _written_out(moment: object) -> object:
    """No bare number: `2026` would be taken for seconds since 1970."""
    try:
        float(str(moment))
    except ValueError:
        return moment
    raise ValueError("write it like 2026-11-22T09:00:00+08:00")


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is beyond the years 1 to 9999") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
"""A moment as requests have it, such as the record takes."""


def asks_for(model: type[BaseModel], *, or_many: int = 0) -> dict[str, Any]:
    """What the documentation says of a body that `read_json` reads."""
    schema = model.model_json_schema()
    schema = _inlined(schema, schema.pop("$defs", {}))
    if or_many:
        schema = {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1, "maxItems": or_many}]}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _inlined(part: Any, shared: dict[str, Any]) -> Any:
    """A schema with what it refers to in it: from within the documentation its references would lead nowhere."""
    if isinstance(part, list):
        return [_inlined(one, shared) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        part = shared[part["$ref"].rpartition("/")[2]] | {key: part[key] for key in part if key != "$ref"}
    return {key: _inlined(value, shared) for key, value in part.items()}


async def read_json(request: Request) -> Any:
    """The JSON that was sent; InputError where it is too long, or none.

    Not read by the framework: that repeats what it refuses, which may be what no answer can hold (half a surrogate
    pair, NaN), and takes what the record cannot.
    """
    sent = bytearray()
    async for chunk in request.stream():
        sent += chunk
        if len(sent) > _MOST_BYTES:
            raise InputError(f"the body is longer than {_MOST_BYTES} bytes")
    try:
        return await asyncio.to_thread(json.loads, bytes(sent))  # in a thread: megabytes would be heard on the calls
    except (ValueError, RecursionError) as error:
        raise InputError(f"the body is not JSON in UTF-8: {str(error)[:200]}") from None


def posted(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that reads a body of this shape; InputError names the key that is wrong."""

    async def read(request: Request) -> Model:
        try:
            return model.model_validate(await read_json(request))
        except ValidationError as error:
            raise InputError(problems_of(error)) from None

    return read


def first_problem(error: ValidationError) -> tuple[str, str]:
    """The field, spelled out where it cannot be shown, and what is wrong with it; the value is not repeated."""
    problem = error.errors(include_input=False, include_url=False)[0]
    parts = [part for part in map(str, problem["loc"]) if part != "[key]"]
    field = ".".join(part if part.isprintable() else ascii(part) for part in parts)
    return field, problem["msg"]
