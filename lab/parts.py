"""The lab's real parts: Redis, Mosquitto, our Asterisk and the one that plays the telephone network."""

from __future__ import annotations

import asyncio
import getpass
import shutil
import subprocess
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from dialer.asterisk.site import SHIPPED, Directories, Network, copy_shipped, write_site, write_text, write_values
from dialer.settings import Settings, load_settings
from lab.ami_wire import AmiWire
from lab.fake_clock import FakeClock
from lab.installation import PROJECT, Asterisk, find_asterisk, lay_out_data, lay_out_library
from lab.plan import HOST, LabPlan, Ports, Secrets, write_settings
from lab.process import Part, output_of, port_answers, succeeds
from lab.small_disk import SmallDisk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

_RTP = {"asterisk": (10000, 14999), "carrier": (15000, 19999)}
"""Spans of ports for sound; Asterisk passes over those that are taken, so labs may share them."""

_OWNER_ONLY = 0o600


class Parts:
    """Everything around the dialler that is real, on free loopback ports, with its files under `root`.

    `async with Parts(root) as parts:` has them all ready inside, and nothing left running after. Each of `redis`,
    `mosquitto`, `asterisk` and `carrier` can be stopped, killed and started by itself. `ami_wire`, `small_disk` and
    the two clocks (of the dialler and of our Asterisk) are None where the plan wants none.
    """

    def __init__(self, root: Path, plan: LabPlan | None = None) -> None:
        self.root = root.absolute()
        self.plan = plan or LabPlan()
        self.ports = Ports.free()
        self.secrets = Secrets.for_agents(self.plan.agent_names)
        self.settings_file = self.root / "ringpace.toml"
        self._sockets = Path(tempfile.mkdtemp(prefix="ringpace-"))
        for folder in ("data", "log", "redis", "mosquitto"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self.small_disk = SmallDisk(self.root / "data", self.plan.small_disk_mb) if self.plan.small_disk_mb else None
        self.dialler_clock, self.asterisk_clock = (
            FakeClock(self.root / f"{name}.clock", ahead_s)
            if (ahead_s := self.plan.clocks_ahead_s) is not None
            else None
            for name in ("dialler", "asterisk")
        )
        write_settings(self.settings_file, self.plan, self.ports, self.secrets)
        self.settings: Settings = load_settings(self.settings_file)
        installed = find_asterisk()
        self.redis = self._redis()
        self.mosquitto = self._mosquitto()
        self.carrier = self._carrier(installed)
        self.asterisk = self._asterisk(installed)
        self.ami_wire = AmiWire(self.ports.wire, self.ports.ami) if self.plan.ami_wire else None
        self._all = (self.redis, self.mosquitto, self.carrier, self.asterisk)

    async def __aenter__(self) -> Self:
        """Start all parts at once; if one fails, none is left running."""
        try:
            if self.small_disk:
                self.small_disk.mount()
            for folder in (self.settings.spool_dir, self.settings.recordings_dir):
                folder.mkdir(mode=0o700, exist_ok=True)
            lay_out_library(self.settings.announcements_dir)
            async with asyncio.TaskGroup() as starting:
                if self.ami_wire:
                    starting.create_task(self.ami_wire.start())
                for part in self._all:
                    starting.create_task(part.start())
        except BaseException as error:
            await self._stop()
            if isinstance(error, BaseExceptionGroup):
                raise error.exceptions[0] from None
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all parts, the last first."""
        await self._stop()

    @property
    def sip_server(self) -> str:
        """Where the agents' phones register, as host:port."""
        return f"{HOST}:{self.ports.sip}"

    @property
    def call_records(self) -> Path:
        """Our Asterisk's own call records (CSV)."""
        return self.root / "asterisk/state/log/cdr-csv/Master.csv"

    @property
    def carrier_records(self) -> Path:
        """The telephone network's call records (CSV): what was really dialled."""
        return self.root / "carrier/state/log/cdr-csv/Master.csv"

    def settings_beside(self, name: str, plan: LabPlan, data: Path | None = None) -> Path:
        """The settings file of another controller on these parts and this record, with ports of its own.

        `data` is another controller's folder where it stands in for that one.
        """
        file, free = self.root / name / "ringpace.toml", Ports.free()
        (file.parent / "log").mkdir(parents=True)
        same_record = replace(plan, database_url=self.settings.database_url.get_secret_value())
        write_settings(file, same_record, replace(self.ports, http=free.http, agi=free.agi), self.secrets, data)
        return file

    async def call_us(self, number: str = "4008001000") -> bool:
        """Let the network call us, as a customer does who calls back."""
        ask = f"channel originate PJSIP/{number}@dialer extension talk@call-back"
        return await succeeds(*_console(find_asterisk(), self.root / "carrier/etc"), ask)

    async def hear_keys(self) -> Path:
        """Have the network write down every key that is pressed on a line; where it does."""
        await succeeds(*_console(find_asterisk(), self.root / "carrier/etc"), "logger add channel keys dtmf")
        return self.root / "carrier/state/log/keys"

    async def living_channels(self, part: Part) -> list[str]:
        """The channels that are alive on `asterisk` or `carrier`, a line each as its console tells them."""
        etc = self.root / part.name / "etc"
        said = await output_of(*_console(find_asterisk(), etc), "core show channels concise")
        return [line for line in said.splitlines() if line.count("!") > 1]

    async def customer_hears(self, number: str, file: Path) -> bool:
        """Let the network write down, as WAV, what the customer with this number hears from now on; False for none."""
        for line in await self.living_channels(self.carrier):
            channel, _context, exten, *_more = line.split("!")
            if exten == number:
                start = f"mixmonitor start {channel} {file.with_suffix('.both.wav')},r({file})"
                return await succeeds(*_console(find_asterisk(), self.root / "carrier/etc"), start)
        return False

    async def customer_has_heard(self, number: str) -> bool:
        """The file that `customer_hears` writes ends here, and is whole a moment later; False for no such customer."""
        for line in await self.living_channels(self.carrier):
            channel, _context, exten, *_more = line.split("!")
            if exten == number:
                return await succeeds(
                    *_console(find_asterisk(), self.root / "carrier/etc"), f"mixmonitor stop {channel}"
                )
        return False

    async def forget_calls(self) -> None:
        """The network ends every call, as it does some time after the switch behind them has died."""
        await succeeds(*_console(find_asterisk(), self.root / "carrier/etc"), "channel request hangup all")

    async def _stop(self) -> None:
        if self.ami_wire:
            await self.ami_wire.stop()
        for part in reversed(self._all):
            await part.stop()
        if self.small_disk:
            self.small_disk.unmount()
        shutil.rmtree(self._sockets, ignore_errors=True)

    def _redis(self) -> Part:
        folder = self.root / "redis"
        lines = (
            f"bind {HOST}",
            f"port {self.ports.redis}",
            f"dir {folder}",
            f"requirepass {self.secrets.redis}",
            # What is true now is rebuilt after a loss, from the record and from Asterisk; nothing is kept on disk.
            'save ""',
            "appendonly no",
            "maxmemory-policy noeviction",
        )
        write_text(folder / "redis.conf", "\n".join(lines) + "\n", _OWNER_ONLY)
        url = self.settings.redis_url.get_secret_value()
        return self._part("redis", ("redis-server", str(folder / "redis.conf")), partial(_redis_answers, url))

    def _mosquitto(self) -> Part:
        folder = self.root / "mosquitto"
        passwords = folder / "passwords"
        users = "".join(f"{user}:{password}\n" for user, password in self.secrets.mqtt.items())
        write_text(passwords, users, _OWNER_ONLY)
        # Hashes the file in place, so that no password stands in a command line.
        subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True)  # noqa: S603, S607 - our own file
        write_text(folder / "acl.conf", (PROJECT / "deploy/mosquitto/acl.conf").read_text("utf-8"), _OWNER_ONLY)
        lines = (
            f"listener {self.ports.mqtt} {HOST}",
            "allow_anonymous false",
            f"password_file {passwords}",
            f"acl_file {folder / 'acl.conf'}",
            "persistence false",
            "log_dest stdout",
            "log_timestamp_format %FT%T",
            # Started by root it would become another user, who could not read these files.
            f"user {getpass.getuser()}",
        )
        write_text(folder / "mosquitto.conf", "\n".join(lines) + "\n", _OWNER_ONLY)
        command = (_system_program("mosquitto"), "-c", str(folder / "mosquitto.conf"))
        return self._part("mosquitto", command, partial(port_answers, self.ports.mqtt))

    def _asterisk(self, installed: Asterisk) -> Part:
        network = Network(HOST, self.ports.sip, *_RTP["asterisk"])
        # Asterisk itself listens behind the wire, if there is one.
        own = self.settings.model_copy(update={"ami": self.settings.ami.model_copy(update={"port": self.ports.ami})})
        write_site(own, self.root / "asterisk/etc", network, self._directories("asterisk", installed))
        part = self._asterisk_part("asterisk", installed)
        if self.asterisk_clock:
            part.environment = self.asterisk_clock.environment
        return part

    def _carrier(self, installed: Asterisk) -> Part:
        etc = self.root / "carrier/etc"
        copy_shipped(SHIPPED / "carrier-sim", etc, self._directories("carrier", installed))
        first, last = _RTP["carrier"]
        write_values(etc / "site/rtp.conf", {"rtpstart": str(first), "rtpend": str(last)})
        neighbour = (
            f"[udp]\ntype = transport\nprotocol = udp\nbind = {HOST}:{self.ports.carrier_sip}\n",
            "[dialer](neighbour)\naors = dialer\n",
            f"[dialer]\ntype = aor\ncontact = sip:{self.sip_server}\n",
            f"[dialer-identify]\ntype = identify\nendpoint = dialer\nmatch = {HOST}\n",
        )
        write_text(etc / "site/pjsip.conf", "\n".join(neighbour))
        return self._asterisk_part("carrier", installed)

    def _directories(self, name: str, installed: Asterisk) -> Directories:
        home = self.root / name
        lay_out_data(installed, home / "data")
        return Directories(installed.modules, home / "data", home / "state", self._sockets / name)

    def _asterisk_part(self, name: str, installed: Asterisk) -> Part:
        etc = self.root / name / "etc"
        command = (*installed.command, "-f", "-n", "-C", str(etc / "asterisk.conf"))
        booted = partial(succeeds, *_console(installed, etc), "core waitfullybooted")
        return self._part(name, command, booted)

    def _part(self, name: str, command: tuple[str, ...], is_ready: Callable[[], Awaitable[bool]]) -> Part:
        return Part(name, command, self.root / "log" / f"{name}.log", is_ready)


def _console(installed: Asterisk, etc: Path) -> tuple[str, ...]:
    """The command that gives one order to a running Asterisk; the order is its last word."""
    return (*installed.command, "-C", str(etc / "asterisk.conf"), "-rx")


async def _redis_answers(url: str) -> bool:
    async with Redis.from_url(url) as client:
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False


def _system_program(name: str) -> str:
    """Debian keeps servers in a folder that is not on every user's PATH."""
    return shutil.which(name) or f"/usr/sbin/{name}"
