"""The verbs of the switch: each a typed method that lets nothing through to Asterisk which was not checked.

Legs are named by our own ids throughout: Originate's ChannelId becomes the Uniqueid, and every action used here
finds a channel by Uniqueid as well as by name.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dialer.asterisk.channels import ChannelInfo, living
from dialer.core.errors import InputError, SwitchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Literal

    from dialer.asterisk.client import AmiClient
    from dialer.core.model import SupervisionMode

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
LEG_ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
KEY = re.compile(r"[0-9*#]")
"""Of a telephone: Asterisk would also take A to D, and f for a flash."""
TELEPHONE = re.compile(r"[A-Za-z0-9_-]{1,40}(?:\.page)?")
"""The endpoint of one of an agent's telephones."""
ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\]):[0-9]{1,5}")
LANGUAGE = re.compile(r"[a-z]{2}")
RECORDING = re.compile(r"/[\w ./+@:=-]{1,400}\.raw")
"""A comma would begin MixMonitor's options, and after them a shell command."""

EARLY_MEDIA = re.compile(r"/[\w ./+@:=-]{1,400}\.sln(?:32|48)")
"""Without the brackets and commas that would end the option it stands in."""
EARLY_MEDIA_HZ = 32_000
"""Four times what a telephone carries. Asterisk hands a file on in blocks of 32 kB: at 8 kHz each is 2 s of sound, and
what is heard is known so much later; at 32 kHz it is half a second, for a tenth of a percent of a core a leg."""
GREETING_HZ = 48_000
"""For the two seconds after an answer: a block is 0.34 s of sound. At higher rates sound is lost: of each packet of
20 ms Asterisk keeps what it hands on at once, 160 samples, and 1280 more (main/slinfactory.c); at 192 kHz a quarter of
the sound was gone."""
MONITOR = re.compile(r"0x[0-9a-fA-F]{1,16}")

_NOTES = "unattended"
"""The family of Asterisk's own database in which extensions.conf notes whom nobody attended to."""

_KEY_MS = 80
"""How long each key sounds (ITU-T Q.24 asks for 40 ms): Asterisk does nothing else for us until it is over."""
_SUPERVISORS = "supervisors"
"""The context of extensions.conf with an extension for each mode."""

_MOST_UNANSWERED = 20
_PROMPT_S = 0.1
"""Asterisk answers a ping within milliseconds; from this on it counts as slow, and twice as long is half the room."""

NORMAL_CLEARING = 16
"""Q.850; without a cause Asterisk reports 0, unknown."""


class Switch:
    """Orders to one Asterisk. Each raises InputError (nothing was sent), SwitchError or SwitchTimeoutError."""

    def __init__(self, client: AmiClient, flows_at: str) -> None:
        """`flows_at` is the host:port of this controller's own FastAGI server: another's does not know our calls."""
        self._client = client
        self._flows_at = _checked("FastAGI address", flows_at, ADDRESS)
        self._unanswered = 0
        """Orders to call a customer that Asterisk has not answered yet."""

    def room(self) -> int:
        """How many more customers Asterisk may be asked to call now; SwitchError where it is not there.

        A window on unanswered orders: an Asterisk that is slow to answer gets fewer, and its answered calls come first.
        """
        self._client.must_be_up()
        slowness = max(1.0, (self._client.timing.rtt_s or 0.0) / _PROMPT_S)
        return max(0, max(1, int(_MOST_UNANSWERED / slowness)) - self._unanswered)

    def lag_s(self) -> float:
        """How long after it happened the last event was heard."""
        return self._client.timing.lag_s

    def round_trip_s(self) -> float:
        """How long an order and the word of what came of it take now."""
        # A lag that began since the last ping shows on the events first.
        return max(self._client.timing.rtt_s or 0.0, self._client.timing.lag_s)

    async def place(
        self,
        leg_id: str,
        e164: str,
        trunk_endpoint: str,
        caller_id: str,
        ring_timeout_s: float,
        exten: Literal["answered", "amd"],
        language: str,
        unattended_after_s: float,
        abandoned_flow: str,
    ) -> None:
        """Queue a call to a customer; what becomes of it is told by events. A leg id is used once and never again.

        Whoever answers and is neither bridged nor sent to a flow within `unattended_after_s`, because nobody here can
        act, hears the message of `abandoned_flow` from the switch itself; `unattended` tells of it.
        """
        number = _checked("number", e164, E164)
        order = self._client.action(
            "Originate",
            Channel=f"PJSIP/{number}@{_checked('endpoint', trunk_endpoint, NAME)}",
            ChannelId=_checked("leg id", leg_id, LEG_ID),
            Context="customers",
            Exten=_checked("exten", exten, NAME),
            Priority=1,
            Async="true",
            Timeout=_milliseconds(ring_timeout_s),
            CallerID=f"<{_checked('caller id', caller_id, E164)}>",
            Variable=(
                f"CHANNEL(language)={_checked('language', language, LANGUAGE)}",
                f"ATTEMPT={leg_id}",
                f"UNATTENDED_AFTER_S={_milliseconds(unattended_after_s) / 1000:g}",
                f"ABANDONED_FLOW={_checked('flow', abandoned_flow, NAME)}",
                f"AGI_ADDRESS={self._flows_at}",
            ),
        )
        self._unanswered += 1
        try:
            await order
        finally:
            self._unanswered -= 1

    async def call_agent(self, leg_id: str, endpoint: str, timeout_s: float) -> None:
        """Queue the call that sets up an agent's standing leg in the holding bridge."""
        await self._client.action(
            "Originate",
            Channel=f"PJSIP/{_checked('endpoint', endpoint, TELEPHONE)}",
            ChannelId=_checked("leg id", leg_id, LEG_ID),
            Context="agents",
            Exten="wait",
            Priority=1,
            Async="true",
            Timeout=_milliseconds(timeout_s),
            EarlyMedia="no",
        )

    async def call_supervisor(
        self, leg_id: str, endpoint: str, agent_leg: str, mode: SupervisionMode, timeout_s: float
    ) -> None:
        """Queue the call of a supervisor's telephone onto the line of an agent's standing leg; it ends with that."""
        await self._client.action(
            "Originate",
            Channel=f"PJSIP/{_checked('endpoint', endpoint, NAME)}",
            ChannelId=_checked("leg id", leg_id, LEG_ID),
            Context=_SUPERVISORS,
            Exten=mode.lower(),
            Priority=1,
            Async="true",
            Timeout=_milliseconds(timeout_s),
            EarlyMedia="no",
            Variable=f"SUPERVISED={_checked('leg id', agent_leg, LEG_ID)}",
        )

    async def supervise(self, leg_id: str, agent_leg: str, mode: SupervisionMode) -> None:
        """Let a supervisor's leg that is up hear this agent's leg in this mode from now on."""
        leg = _checked("leg id", leg_id, LEG_ID)
        # Sent in one go and answered in order, so that nothing is heard meanwhile in the wrong mode.
        mark = self._client.action(
            "Setvar", Channel=leg, Variable="SUPERVISED", Value=_checked("leg id", agent_leg, LEG_ID)
        )
        send = self._client.action("Redirect", Channel=leg, Context=_SUPERVISORS, Exten=mode.lower(), Priority=1)
        for said in await asyncio.gather(mark, send, return_exceptions=True):
            if isinstance(said, BaseException):
                raise said

    async def bridge(self, customer: str, agent: str) -> None:
        """Join two legs that are both up; Asterisk destroys a leg that is bridged while it still rings.

        A customer who is in a talk is put on hold first: taken straight from one talk into another they hear nothing
        of the second agent (Asterisk 22.10).

        The customer's leg is marked first, so that the dialplan ends it behind the talk even if nobody is left here.
        """
        first, second = _checked("leg id", customer, LEG_ID), _checked("leg id", agent, LEG_ID)
        if first == second:
            raise InputError(f"leg id {first!r}: a leg cannot be bridged to itself")
        # Sent in one go and answered in order: the mark costs the customer no round trip.
        mark = self._client.action("Setvar", Channel=first, Variable="ATTENDED", Value="yes")
        bridge = self._client.action("Bridge", Channel1=first, Channel2=second, Tone="no")
        for said in await asyncio.gather(mark, bridge, return_exceptions=True):
            if isinstance(said, BaseException):
                raise said

    async def record(self, leg_id: str, path: Path) -> None:
        """Record the talk from the customer's leg: 8 kHz, 16 bit, two channels, customer left and agent right.

        Writes only while the leg is bridged, so it is asked for before the bridge and loses nothing of the talk.
        When the leg ends, the file is whole some milliseconds after its Hangup; no event tells of it.
        """
        file = _checked("recording", str(path), RECORDING)
        await self._client.action("MixMonitor", Channel=_checked("leg id", leg_id, LEG_ID), File=file, Options="bD")

    async def stop_recording(self, leg_id: str) -> None:
        """End the leg's recording; MixMonitorStop follows."""
        await self._client.action("StopMixMonitor", Channel=_checked("leg id", leg_id, LEG_ID))

    async def listen(self, leg_id: str, path: Path) -> str:
        """Write what the far side of a leg lets be heard, 16 bit, one channel; the writing's id.

        At EARLY_MEDIA_HZ where the file ends in .sln32, at GREETING_HZ where it ends in .sln48. Also before an answer.
        Asterisk says yes before it has opened the file, which fails only in its own log. When the leg ends, the file is
        whole some milliseconds after its Hangup.
        """
        file, leg = _checked("early media", str(path), EARLY_MEDIA), _checked("leg id", leg_id, LEG_ID)
        # i() has Asterisk tell the id, by which this writing and not the talk's recording is ended.
        said = await self._client.action("MixMonitor", Channel=leg, Options=f"r({file})i(LISTENING)")
        return said.get("MixMonitorID") or ""

    async def stop_listening(self, leg_id: str, monitor_id: str) -> None:
        """End that writing, and no other, of a leg that lives."""
        monitor = _checked("monitor id", monitor_id, MONITOR)
        leg = _checked("leg id", leg_id, LEG_ID)
        await self._client.action("StopMixMonitor", Channel=leg, MixMonitorID=monitor)

    async def play_flow(self, leg_id: str, flow: str) -> None:
        """Send the leg, out of a bridge if it is in one, to an IVR flow."""
        await self._client.action(
            "Redirect",
            Channel=_checked("leg id", leg_id, LEG_ID),
            Context="ivr",
            Exten=_checked("flow", flow, NAME),
            Priority=1,
        )

    async def hold(self, leg_id: str) -> None:
        """Send a customer's leg out of its talk to a place where it hears a soft tone, until it is bridged again."""
        await self._client.action(
            "Redirect", Channel=_checked("leg id", leg_id, LEG_ID), Context="hold", Exten="hold", Priority=1
        )

    async def mute(self, leg_id: str, *, on: bool) -> None:
        """Let nothing through of what is said into an agent's telephone, or let it through again."""
        leg = _checked("leg id", leg_id, LEG_ID)
        await self._client.action("MuteAudio", Channel=leg, Direction="in", State="on" if on else "off")

    async def press(self, leg_id: str, key: str) -> None:
        """Press one key of a telephone, to be heard at the far end of a leg; answered once it has sounded."""
        leg, digit = _checked("leg id", leg_id, LEG_ID), _checked("key", key, KEY)
        await self._client.action("PlayDTMF", Channel=leg, Digit=digit, Duration=_KEY_MS)

    async def hang_up(self, leg_id: str, cause: int = NORMAL_CLEARING) -> None:
        """End the leg, with a Q.850 cause; a leg that is gone already is as it was asked to be."""
        try:
            await self._client.action("Hangup", Channel=_checked("leg id", leg_id, LEG_ID), Cause=cause)
        except SwitchError as error:
            if "No such channel" not in str(error):
                raise

    async def channels(self) -> dict[str, ChannelInfo]:
        """Every channel that lives now, by leg id."""
        return living(await self._client.list_action("CoreShowChannels"))

    async def unattended(self) -> dict[str, datetime]:
        """The customers' legs that answered and met nobody here, as the dialplan noted them: leg id to moment."""
        try:
            notes = await self._client.list_action("DBGetTree", Family=_NOTES)
        except SwitchError as error:
            if "not found" not in str(error):  # Asterisk's word for none at all
                raise
            return {}
        return noted(notes)

    async def forget_unattended(self, leg_id: str) -> None:
        """The note of a leg has been read."""
        await self._client.action("DBDel", Family=_NOTES, Key=_checked("leg id", leg_id, LEG_ID))

    async def ping(self) -> float:
        """The round trip to Asterisk, in seconds."""
        return await self._client.ping()


def noted(rows: Iterable[Mapping[str, str]]) -> dict[str, datetime]:
    """The notes of a DBGetTree answer: keys are `/unattended/LEG`, values seconds since 1970."""
    found = {}
    for row in rows:
        family, _, leg_id = row.get("Key", "").removeprefix("/").partition("/")
        if family == _NOTES and leg_id and row.get("Val", "").isdecimal():
            found[leg_id] = datetime.fromtimestamp(int(row["Val"]), UTC)
    return found


def _checked(what: str, value: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value):
        raise InputError(f"{what} {value!r}: Asterisk is not asked with that")
    return value


def _milliseconds(seconds: float) -> int:
    if not 0 < seconds <= 600:  # noqa: PLR2004 - ten minutes: longer than anything rings
        raise InputError(f"timeout {seconds!r}: not between 0 and 600 s")
    return max(1, round(seconds * 1000))
