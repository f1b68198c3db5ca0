"""For operators: scripts in their versions, checked as they are written. For agents: the way through one in a talk."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.agents import Self
from dialer.api.attempts import AttemptId, Reviewer, seen
from dialer.api.interface import Interface, Service, needs
from dialer.core.access import Caller, Right
from dialer.core.errors import ConflictError, InputError
from dialer.core.numbers import mask
from dialer.core.script import FieldKind, Script
from dialer.core.script_file import MOST_BYTES, ScriptError, read
from dialer.core.script_walk import LONGEST_ANSWER, Move, Walk, check
from dialer.core.script_words import Addressee, worded
from dialer.record.attempts import AttemptRow
from dialer.record.scripts import KeptWalk, ScriptVersion
from dialer.shelf import addressee
from dialer.workable import refuse_unknown_campaigns

router = APIRouter(tags=["scripts"])

_NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"
_ATTEMPT = r"^[A-Za-z0-9_-]{1,40}$"
_TEXT = r"^[^\x00]*$"
_MOST_VERSION = 2**31 - 1

ScriptName = Annotated[str, Path(pattern=_NAME)]
Operator = Annotated[Caller, Depends(needs(Right.STEER_CAMPAIGNS))]
Yaml = Annotated[str, Field(max_length=MOST_BYTES)]
_Value = Annotated[str, Field(max_length=500, pattern=_TEXT)]


class SaveBody(BaseModel):
    """A script to be kept; with `after`, only if that is still the newest version (0: there is none)."""

    model_config = ConfigDict(extra="forbid")
    text: Yaml
    after: Annotated[int | None, Field(ge=0, le=_MOST_VERSION)] = None


class CheckBody(BaseModel):
    """A script to be looked at, and for whom it is to be worded."""

    model_config = ConfigDict(extra="forbid")
    text: Yaml
    name: _Value = ""
    attributes: Annotated[dict[_Value, _Value], Field(default_factory=dict, max_length=50)]


class MoveBody(BaseModel):
    """A step of the way, and the key of the choice that was taken in it."""

    model_config = ConfigDict(extra="forbid")
    step: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    key: Annotated[str | None, Field(pattern=r"^[1-9]$")] = None


class WalkBody(BaseModel):
    """How far a talk has come in a version of a script; the last of `path` is the step where it stands."""

    model_config = ConfigDict(extra="forbid")
    attempt_id: Annotated[str, Field(pattern=_ATTEMPT)]
    script: Annotated[str, Field(pattern=_NAME)]
    version: Annotated[int, Field(ge=1, le=_MOST_VERSION)]
    path: Annotated[list[MoveBody], Field(min_length=1, max_length=100)]
    answers: Annotated[
        dict[str, Annotated[str, Field(max_length=LONGEST_ANSWER, pattern=_TEXT)]],
        Field(default_factory=dict, max_length=200),
    ]
    reason: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9]{1,8}$")] = None
    reason_text: Annotated[str | None, Field(max_length=LONGEST_ANSWER, pattern=_TEXT)] = None


@router.get("/scripts")
async def scripts(service: Service, _who: Operator) -> list[dict[str, Any]]:
    """The newest version of each script, without its text, and which campaigns have it."""
    used: dict[str, list[str]] = {}
    for campaign in await service.record.campaigns.all():
        for name in campaign.plan.scripts():
            used.setdefault(name, []).append(campaign.name)
    return [_made(one) | {"campaigns": used.get(one.name, [])} for one in await service.record.scripts.newest()]


@router.post("/scripts/check")
async def check_only(_who: Operator, body: CheckBody) -> dict[str, Any]:
    """What is wrong with a script, nothing of it kept; where nothing is, how a screen would have it."""
    try:
        script = await asyncio.to_thread(read, body.text)
    except ScriptError as error:
        problems = [{"line": p.line, "step": p.step, "key": p.key, "says": p.says} for p in error.problems]
        return {"problems": problems, "flow": None}
    campaign = script.title.get(script.languages[0], script.script)
    to = Addressee(body.name, body.attributes, campaign, script.languages[0])
    return {"problems": [], "flow": worded(script, 0, to)}


@router.get("/scripts/{script_name}")
async def script(
    service: Service,
    _who: Operator,
    script_name: ScriptName,
    version: Annotated[int | None, Query(ge=1, le=_MOST_VERSION)] = None,
) -> dict[str, Any]:
    """A version of a script, the newest where none is named, and all the versions there are, newest first."""
    found = await service.record.scripts.get(script_name, version)
    versions = await service.record.scripts.versions(script_name)
    return _made(found) | {"text": found.text, "versions": [_made(one) for one in versions]}


@router.put("/scripts/{script_name}")
async def save(service: Service, who: Operator, script_name: ScriptName, body: SaveBody) -> dict[str, Any]:
    """Keep a script as a new version, which the next call is shown; what is wrong is told with step and line."""
    read_as = await asyncio.to_thread(read, body.text)
    if read_as.script != script_name:
        raise InputError(f"script: the text is of {read_as.script}, not of {script_name}")
    await refuse_unknown_campaigns(read_as, service.record.campaigns)
    saved = await service.record.scripts.save(script_name, body.text, datetime.now(UTC), who.name, body.after)
    await service.shelf.put(saved)
    return _made(saved)


@router.get("/agents/{agent_id}/script")
async def walked(
    service: Service,
    agent_id: Self,
    attempt_id: Annotated[str, Query(pattern=_ATTEMPT)],
) -> dict[str, Any]:
    """How far the agent's talk has come, and the script it goes by; both null where nothing was kept of it."""
    row = await _own(service, agent_id, attempt_id)
    kept = await service.record.scripts.walk(attempt_id)
    if kept is None:
        return {"walk": None, "flow": None}
    by = await service.shelf.get(kept.script, kept.version)
    campaign = await service.record.campaigns.get(row.campaign_id)
    return {"walk": _walk(kept), "flow": worded(by, kept.version, addressee(row.placed, campaign.plan))}


@router.put("/agents/{agent_id}/script")
async def walk(service: Service, agent_id: Self, body: WalkBody) -> dict[str, Any]:
    """Keep how far the agent's talk has come. Steps that were passed must be right, the present one may not be."""
    await _own(service, agent_id, body.attempt_id)
    by = await service.shelf.get(body.script, body.version)
    path = tuple(Move(move.step, move.key) for move in body.path)
    sent = Walk(path, body.answers, body.reason, body.reason_text)
    kept = KeptWalk(
        body.attempt_id, body.script, body.version, check(by, sent, service.settings.region), datetime.now(UTC)
    )
    await service.record.scripts.keep_walk(kept)
    return _walk(kept)


@router.get("/attempts/{attempt_id}/script")
async def walk_of(service: Service, who: Reviewer, attempt_id: AttemptId) -> dict[str, Any]:
    """The way that a talk took through its script, telephone numbers masked; null where none was kept."""
    await seen(service, who, attempt_id)
    kept = await service.record.scripts.walk(attempt_id)
    if kept is None:
        return {"walk": None}
    by = await service.shelf.get(kept.script, kept.version)
    return {"walk": _walk(kept) | {"answers": masked(by, kept.walk)}}


def masked(by: Script, walk: Walk) -> dict[str, str]:
    """The answers, with telephone numbers as they may be shown."""
    phones = {one.name for step in by.steps.values() for one in step.fields if one.kind is FieldKind.PHONE}
    return {name: mask(answer) if name in phones else answer for name, answer in walk.answers.items()}


async def _own(service: Interface, agent_id: str, attempt_id: str) -> AttemptRow:
    """The attempt, if it is this agent's; ConflictError where it is another's."""
    row = await service.record.attempts.get(attempt_id)
    if row.agent_id != agent_id and service.roster.agent(agent_id).attempt_id != attempt_id:
        raise ConflictError(f"attempt {attempt_id} was not agent {agent_id}'s")
    return row


def _made(one: ScriptVersion) -> dict[str, Any]:
    return {"name": one.name, "version": one.version, "made_by": one.made_by, "made_at": one.made_at}


def _walk(kept: KeptWalk) -> dict[str, Any]:
    return {
        "attempt_id": kept.attempt_id,
        "script": kept.script,
        "version": kept.version,
        "path": [{"step": move.step, "key": move.key} for move in kept.walk.path],
        "answers": kept.walk.answers,
        "reason": kept.walk.reason,
        "reason_text": kept.walk.reason_text,
        "saved_at": kept.saved_at,
    }
