"""Headless SIP phones in one process: they register, answer at once, talk, and stay until they are hung up.

`python -m lab.softphone` reads JSON lines: first `{"server": "host:port", "phones": {"agent1": {"secret": ...,
"voice": file}}}`, then orders such as `{"order": "hang_up", "phone": "agent1"}`; the end of its input ends it.
`hear` with a `file` writes what the phone hears to it, as WAV, until `hear_no_more`.
It writes JSON lines: `{"phone": "agent1", "event": "registered"}`, likewise `unregistered`, `refused`, `up`,
`media` and `down`. pjsua2 allows one endpoint, four legs and eight accounts a process.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sys
from typing import Any

import pjsua2 as pj

POLL_S = 0.01
"""How often pjsua2 is given a turn: half of a 20 ms packet."""

ENDING_S = 2.0
"""How long goodbyes (BYE, unregister) may take."""

OK = 200
REGISTER_AGAIN_S = 60
REGISTER_RETRY_S = 2


EVENTS = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1, encoding="utf-8")
"""Our standard output; its file number is turned to standard error below, because pjsua2 logs there as it starts."""
os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def tell(phone: str, event: str, **more: object) -> None:
    """One event for whoever started us."""
    EVENTS.write(json.dumps({"phone": phone, "event": event, **more}) + "\n")


class Leg(pj.Call):  # type: ignore[misc] # pjsua2 has no types
    """A call to a phone: its sound is the phone's voice, over and over."""

    def __init__(self, phone: Phone, call_id: int) -> None:
        super().__init__(phone, call_id)
        self.phone = phone
        self.player: Any = None
        self.ear: Any = None
        """Writes down what is heard."""

    def onCallState(self, _: object) -> None:  # noqa: N802 - pjsua2's name
        """Tell of the answer and of the end."""
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            tell(self.phone.name, "up")
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            tell(self.phone.name, "down", code=info.lastStatusCode)
            self.player = self.ear = None
            self.phone.legs.discard(self)

    def onCallMediaState(self, _: object) -> None:  # noqa: N802 - pjsua2's name
        """Begin to talk as soon as there is a sound path."""
        info = self.getInfo()
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self.player = pj.AudioMediaPlayer()
                self.player.createPlayer(self.phone.voice)
                self.player.startTransmit(self.getAudioMedia(index))
                tell(self.phone.name, "media")


class Phone(pj.Account):  # type: ignore[misc] # pjsua2 has no types
    """An agent's phone: a registration, and the legs that are up (references must be held until they end)."""

    def __init__(self, name: str, server: str, secret: str, voice: str) -> None:
        super().__init__()
        self.name = name
        self.voice = voice
        self.legs: set[Leg] = set()
        config = pj.AccountConfig()
        config.idUri = f"sip:{name}@{server}"
        config.regConfig.registrarUri = f"sip:{server}"
        config.regConfig.timeoutSec = REGISTER_AGAIN_S
        config.regConfig.retryIntervalSec = REGISTER_RETRY_S
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", name, 0, secret))
        self.create(config)

    def onRegState(self, parameters: Any) -> None:  # noqa: N802 - pjsua2's name
        """Tell whether the switch knows us."""
        if parameters.code != OK:
            tell(self.name, "refused", code=parameters.code)
        else:
            tell(self.name, "registered" if self.getInfo().regIsActive else "unregistered")

    def onIncomingCall(self, parameters: Any) -> None:  # noqa: N802 - pjsua2's name
        """Answer; a new call takes the place of one whose end we were never told of, as after a crash of the switch."""
        for old in tuple(self.legs):
            end(old)
        leg = Leg(self, parameters.callId)
        self.legs.add(leg)
        answer = pj.CallOpParam()
        answer.statusCode = OK
        leg.answer(answer)

    def hang_up(self) -> None:
        """End whatever is up."""
        for leg in tuple(self.legs):
            end(leg)

    def hear(self, file: str) -> None:
        """Write what is heard on the leg that is up."""
        for leg in tuple(self.legs):
            leg.ear = pj.AudioMediaRecorder()
            leg.ear.createRecorder(file)
            leg.getAudioMedia(-1).startTransmit(leg.ear)

    def hear_no_more(self) -> None:
        """The file is whole."""
        for leg in tuple(self.legs):
            if leg.ear is not None:
                leg.getAudioMedia(-1).stopTransmit(leg.ear)
                leg.ear = None
        gc.collect()

    def unregister(self) -> None:
        """The switch may forget us."""
        self.setRegistration(False)

    def register(self) -> None:
        """The switch shall know us again."""
        self.setRegistration(True)


def end(leg: Leg) -> None:
    """Hang up; a leg that is already over is no error."""
    with contextlib.suppress(pj.Error):
        leg.hangup(pj.CallOpParam())


def open_endpoint() -> Any:
    """Start pjsua2: polled by us, no sound card, no sound suppressed, no log once it has started."""
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 4
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    config.medConfig.noVad = True
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.audDevManager().setNullDev()
    endpoint.libStart()
    return endpoint


async def poll(endpoint: Any) -> None:
    """Give pjsua2 its turns."""
    while True:
        endpoint.libHandleEvents(0)
        await asyncio.sleep(POLL_S)


async def read_lines() -> asyncio.StreamReader:
    """Our standard input as a stream."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def serve() -> None:
    """Open the phones that the first line names, then do as the following lines say until they end."""
    orders = await read_lines()
    wanted = json.loads(await orders.readline())
    endpoint = open_endpoint()
    phones = {name: Phone(name, wanted["server"], **given) for name, given in wanted["phones"].items()}
    polling = asyncio.create_task(poll(endpoint))
    does = {
        "hang_up": Phone.hang_up,
        "register": Phone.register,
        "unregister": Phone.unregister,
        "hear_no_more": Phone.hear_no_more,
    }
    async for line in orders:
        order = json.loads(line)
        phone = phones[order["phone"]]
        if order["order"] == "hear":
            phone.hear(order["file"])
        else:
            does[order["order"]](phone)
    await say_goodbye(phones)
    polling.cancel()
    # pjsua2 crashes at exit if it is destroyed before the calls and accounts that Python still holds.
    phones.clear()
    gc.collect()
    endpoint.libDestroy()


async def say_goodbye(phones: dict[str, Phone]) -> None:
    """Hang up and unregister, and leave the network time to agree."""
    for phone in phones.values():
        phone.hang_up()
        phone.unregister()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ENDING_S):
            while any(phone.legs or phone.getInfo().regIsActive for phone in phones.values()):  # noqa: ASYNC110 - pjsua2 is polled
                await asyncio.sleep(POLL_S)
    for phone in phones.values():
        phone.shutdown()


if __name__ == "__main__":
    asyncio.run(serve())
