"""The manager interface of a real Asterisk: where it listens, whom it lets in, and how both sides know each other."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from dialer.asterisk.client import AmiClient, BackOff, SwitchState
from dialer.asterisk.site import Directories, Network, write_site
from dialer.doctor import examine
from lab.installation import find_asterisk, lay_out_data
from lab.plan import Ports
from lab.process import Part, succeeds
from tests.fakes.centre import settings_of
from tests.fakes.certificates import Certificate, authority, issued
from tests.fakes.sockets import listening
from tests.fakes.virtual_time import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dialer.settings import AmiSettings, Settings

pytestmark = pytest.mark.asterisk

HERE, THERE = "127.0.0.1", "127.0.0.2"
"""This machine's own address, and one that stands for another machine's: the plain interface is never on it."""
EPHEMERAL = 32768
PATIENCE_S = 20


@asynccontextmanager
async def asterisk(folder: Path, settings: Settings, sip_port: int) -> AsyncIterator[Part]:
    installed = find_asterisk()
    lay_out_data(installed, folder / "data")
    with tempfile.TemporaryDirectory(prefix="ringpace-") as sockets:
        own = Directories(installed.modules, folder / "data", folder / "state", Path(sockets))
        write_site(settings, folder / "etc", Network(HERE, sip_port), own)
        program = (*installed.command, "-C", str(folder / "etc/asterisk.conf"))
        booted = partial(succeeds, *program, "-rx", "core waitfullybooted")
        part = Part("asterisk", (*program, "-f", "-n"), folder / "asterisk.log", booted)
        await part.start()
        try:
            yield part
        finally:
            await part.stop()


@asynccontextmanager
async def client(ami: AmiSettings) -> AsyncIterator[AmiClient]:
    made = AmiClient(
        ami,
        on_event=lambda _event: None,
        on_up=lambda: None,
        on_down=lambda: None,
        rng=Random(1),
        lost=BackOff(0.05, 0.1),
        refused=BackOff(0.05, 0.1),
    )
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def doors(part: Part) -> set[tuple[str, str, int]]:
    """Where others may knock; the sockets from which PJSIP asks DNS have ports that the kernel chose."""
    return {(kind, host, port) for kind, host, port in listening(part.pid) if kind == "tcp" or port < EPHEMERAL}


async def reason(ami: AmiSettings) -> str:
    """Why a client does not come up."""
    async with client(ami) as refused:
        await until(lambda: refused.state in {SwitchState.DOWN, SwitchState.WRONG_SECRET}, within_s=PATIENCE_S)
        await until(lambda: refused.why_not_up not in {"not started", "being connected"}, within_s=PATIENCE_S)
        assert refused.state is not SwitchState.UP
        return refused.why_not_up


@pytest.fixture
def ca(tmp_path: Path) -> Certificate:
    return authority(tmp_path / "ca")


@pytest.fixture
def ports() -> Ports:
    return Ports.free()


@pytest.fixture
def settings(tmp_path: Path, ca: Certificate, ports: Ports) -> Settings:
    """Asterisk on another machine, as far as its addresses go."""
    server = issued(ca, tmp_path / "server", f"IP:{THERE}")
    ami: dict[str, Any] = {
        "host": THERE,
        "port": ports.ami,
        "secret": "known-to-both",
        "action_timeout_s": 2,
        "tls": True,
        "ca_file": ca.cert,
        "tls_cert": server.cert,
        "tls_key": server.key,
        "permit": ["127.0.0.0/8"],
    }
    return settings_of(tmp_path, ami=ami, telephone={"port": ports.phone})


async def test_on_one_machine_it_listens_on_that_machine_alone(tmp_path: Path, ports: Ports) -> None:
    ami = {"port": ports.ami, "secret": "known-to-both"}
    settings = settings_of(tmp_path, ami=ami, telephone={"port": ports.phone})
    async with asterisk(tmp_path / "asterisk", settings, ports.sip) as part:
        assert doors(part) == {("tcp", HERE, ports.ami), ("tcp", HERE, ports.phone), ("udp", HERE, ports.sip)}
        async with client(settings.ami) as plain:
            await until(lambda: plain.state is SwitchState.UP, within_s=PATIENCE_S)


async def test_apart_both_sides_prove_who_they_are(tmp_path: Path, settings: Settings, ports: Ports) -> None:
    ami = settings.ami
    stranger = authority(tmp_path / "stranger")
    async with asterisk(tmp_path / "asterisk", settings, ports.sip) as part:
        # In the clear on its own machine alone, and to the controller's side only in TLS.
        manager = {("tcp", HERE, ports.ami - 1), ("tcp", THERE, ports.ami)}
        assert doors(part) == {*manager, ("tcp", HERE, ports.phone), ("udp", HERE, ports.sip)}
        async with client(ami) as trusting:
            await until(lambda: trusting.state is SwitchState.UP, within_s=PATIENCE_S)
            assert await trusting.ping() > 0
        looked = {found.part: found for found in await examine(settings)}
        assert looked["asterisk"].ok, looked["asterisk"]

        why = await reason(ami.model_copy(update={"ca_file": stranger.cert}))
        assert "no trust in the certificate" in why
        assert "ami.ca_file" in why
        wrong = settings.model_copy(update={"ami": ami.model_copy(update={"ca_file": stranger.cert})})
        assert not {found.part: found for found in await examine(wrong)}["asterisk"].ok


async def test_another_machines_certificate_of_the_same_authority_is_refused(
    tmp_path: Path, settings: Settings, ports: Ports, ca: Certificate
) -> None:
    issued(ca, tmp_path / "server", "DNS:another.example")  # in the place of the one that the settings name
    async with asterisk(tmp_path / "asterisk", settings, ports.sip):
        assert "no trust in the certificate" in await reason(settings.ami)


async def test_one_side_with_tls_and_the_other_without_do_not_meet(
    tmp_path: Path, settings: Settings, ports: Ports
) -> None:
    async with asterisk(tmp_path / "asterisk", settings, ports.sip):
        plain = {"host": HERE, "port": ports.ami - 1}
        assert "check ami.tls" in await reason(settings.ami.model_copy(update=plain))
        assert "closed" in await reason(settings.ami.model_copy(update={"tls": False}))


async def test_the_account_is_used_from_the_addresses_permitted_alone(
    tmp_path: Path, settings: Settings, ports: Ports
) -> None:
    ami = settings.ami.model_dump() | {"permit": ["192.0.2.7"]}
    async with asterisk(
        tmp_path / "asterisk", settings_of(tmp_path, ami=ami, telephone={"port": ports.phone}), ports.sip
    ):
        assert "refuses" in await reason(settings.ami)
