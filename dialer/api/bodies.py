"""Reads the bodies of requests that other systems send, and says which key of them is wrong."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from dialer.core.errors import InputError, problems_of

_MOST_BYTES = 4 * 1024 * 1024

Model = TypeVar("Model", bound=BaseModel)


def asks_for(model: type[BaseModel], *, or_many: int = 0) -> dict[str, Any]:
    """What the documentation says of a body that `read_json` reads."""
    schema = model.model_json_schema()
    if or_many:
        schema = {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1, "maxItems": or_many}]}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


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
