"""Posts to real servers on this machine, good and bad."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import InputError, SettingsError
from dialer.posting import Post, checked_url, is_outside
from dialer.settings import WebhookSettings
from tests.fakes.certificates import authority, issued
from tests.fakes.receiver import BROKEN, Receiver, receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

INSIDE = WebhookSettings(private_addresses=True)


@pytest.fixture
async def crm() -> AsyncIterator[Receiver]:
    async with receiver() as opened:
        yield opened


async def test_a_post_that_is_taken_arrives_as_it_was_sent(crm: Receiver) -> None:
    answer = await Post(INSIDE)(crm.url, {"ringpace-event-id": "a1.1"}, "好".encode())
    assert (answer.status, answer.error) == (204, None)
    (got,) = crm.got
    assert got.line == "POST /hook?from=ringpace HTTP/1.1"
    assert (got.body.decode(), got.headers["ringpace-event-id"]) == ("好", "a1.1")


REDIRECT = b"HTTP/1.1 307 Temporary\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (BROKEN, 500, "HTTP 500"),
        (REDIRECT, 307, "redirect"),
        (None, None, "RemoteProtocolError"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", None, "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 500_000, None, "RemoteProtocolError"),
    ],
    ids=["broken", "redirect", "closes", "no-http", "endless-header"],
)
async def test_what_is_not_taken_is_told(crm: Receiver, answer: bytes | None, status: int | None, told: str) -> None:
    crm.answers = [answer]
    came = await Post(INSIDE)(crm.url, {}, b"{}")
    assert came.status == status
    assert told in str(came.error)
    assert len(crm.got) == 1


async def test_a_huge_answer_is_not_read(crm: Receiver) -> None:
    crm.otherwise, crm.endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", True
    assert (await Post(INSIDE)(crm.url, {}, b"{}")).error is None


async def test_one_that_does_not_answer_is_given_up_at_the_deadline(crm: Receiver) -> None:
    crm.silent = True
    came = await Post(WebhookSettings(private_addresses=True, deadline_s=0.2))(crm.url, {}, b"{}")
    assert came.error == "no answer within 0.2 s"


async def test_inner_networks_are_out_of_reach_under_any_name(crm: Receiver) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1"):  # noqa: S104
        came = await Post(WebhookSettings())(f"http://{host}:{crm.port}/", {}, b"{}")
        assert "inner network" in str(came.error) or "no such name" in str(came.error), (host, came)
    assert crm.got == []


async def test_only_a_certificate_that_can_be_checked_is_trusted(tmp_path: Path) -> None:
    ours = authority(tmp_path)
    server = issued(ours, tmp_path / "s", "IP:127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server.cert, server.key)
    async with receiver(context) as crm:
        trusting = WebhookSettings(private_addresses=True, ca_file=ours.cert)
        assert (await Post(trusting)(crm.url, {}, b"{}")).error is None
        assert "certificate" in str((await Post(INSIDE)(crm.url, {}, b"{}")).error).lower()
        assert "certificate" in str((await Post(trusting)(crm.url.replace("127.0.0.1", "localhost"), {}, b"")).error)
        assert len(crm.got) == 1
    with pytest.raises(SettingsError, match=r"webhooks\.ca_file"):
        Post(WebhookSettings(ca_file=tmp_path / "none"))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",  # noqa: S104 - an address to refuse
            "224.0.0.1",
        ),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1", "", "x"),
    ],
)
def test_inner_addresses_are_known(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_outer_addresses_are_known(address: str) -> None:
    assert is_outside(address)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://crm.example/", "//crm.example", "crm.example", "http://", "http://[", "http://crm.example:99999/"),
        *(
            "https://user:secret@crm.example/",
            "https://crm.example/#a",
            "https://crm.example/\r\nx: y",
            "https://例子/",
        ),
        *("https://10.0.0.1/", "http://localhost/", "https://[::1]/", "https://crm.example/" + "a" * 2000),
    ],
)
def test_what_is_no_address_for_a_webhook_is_refused_by_its_field(url: str) -> None:
    with pytest.raises(InputError, match=r"^url: ") as refused:
        checked_url(url, inner=False, full_numbers=False, trusted=False)
    assert "secret" not in str(refused.value)


def test_full_numbers_never_go_in_the_clear() -> None:
    def taken(url: str, *, trusted: bool = False) -> str:
        return checked_url(url, inner=True, full_numbers=True, trusted=trusted)

    with pytest.raises(InputError, match="full numbers"):
        taken("http://crm.example/")
    for url in ("https://crm.example/", "http://127.0.0.1/"):
        assert taken(url) == url
    assert taken("http://crm.example/", trusted=True)
