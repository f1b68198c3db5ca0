from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

import httpx
import pytest

import dialer
from dialer.api.app import build_app
from dialer.api.consoles import HEADERS, consoles_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dialer.api.interface import Interface

SECRET = "of nobody's business"  # noqa: S105 - what must not be read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build of the consoles, and files that do not belong to it."""
    built = tmp_path / "dist"
    for name, text in {
        "dist/index.html": "<title>Ringpace</title>",
        "dist/favicon.svg": "<svg/>",
        "dist/assets/app-1a2b3c.js": "export {}",
        "secret.txt": SECRET,
        "dist-of-others/secret.txt": SECRET,
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (built / "assets/link.txt").symlink_to(tmp_path / "secret.txt")
    (built / "linked").symlink_to(tmp_path)
    return built


@pytest.fixture
async def browser(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(cast("Interface", None))  # what is asked for here needs no service
    app.dependency_overrides[consoles_folder] = lambda: folder
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ringpace") as client:
        yield client


def guarded(answer: httpx.Response) -> bool:
    """Whether an answer carries every header that guards the consoles."""
    return HEADERS.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("path", ["/", "/index.html", "/agent", "/attempts/1a2001cd", "/assets", "/healthy", "/a//b/"])
async def test_one_page_answers_for_all_paths_of_the_consoles(browser: httpx.AsyncClient, path: str) -> None:
    for answer in (await browser.get(path), await browser.head(path)):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-cache"
        assert guarded(answer)
    assert (await browser.get(path)).text == "<title>Ringpace</title>"


async def test_only_files_with_a_hash_in_their_name_are_cached_for_ever(browser: httpx.AsyncClient) -> None:
    hashed = await browser.get("/assets/app-1a2b3c.js")
    assert (hashed.text, hashed.headers["cache-control"]) == ("export {}", "public, max-age=31536000, immutable")
    assert "javascript" in hashed.headers["content-type"]
    other = await browser.get("/favicon.svg")
    assert (other.text, other.headers["cache-control"]) == ("<svg/>", "no-cache")
    assert guarded(hashed)
    assert guarded(other)


async def test_text_goes_compressed_to_whoever_takes_it_so(browser: httpx.AsyncClient, folder: Path) -> None:
    script = "export const words = 'again and again';\n" * 100
    (folder / "assets/app-1a2b3c.js").write_text(script)
    packed = await browser.get("/assets/app-1a2b3c.js")
    assert (packed.text, packed.headers["content-encoding"]) == (script, "gzip")
    assert int(packed.headers["content-length"]) < len(script) / 10
    assert packed.headers["vary"] == "accept-encoding"
    assert guarded(packed)
    head = await browser.head("/assets/app-1a2b3c.js")
    assert (head.content, head.headers["content-length"]) == (b"", packed.headers["content-length"])
    plain = await browser.get("/assets/app-1a2b3c.js", headers={"accept-encoding": "identity"})
    assert (plain.text, plain.headers.get("content-encoding")) == (script, None)
    part = await browser.get("/assets/app-1a2b3c.js", headers={"range": "bytes=0-5"})
    assert (part.status_code, part.text, part.headers.get("content-encoding")) == (206, "export", None)
    known = await browser.get("/assets/app-1a2b3c.js", headers={"if-none-match": packed.headers["etag"]})
    assert known.status_code == 304

    (folder / "assets/app-1a2b3c.js").write_text("export {}; // the build was made anew")
    assert "anew" in (await browser.get("/assets/app-1a2b3c.js")).text


async def test_a_missing_file_is_missed_and_not_cached(browser: httpx.AsyncClient) -> None:
    for path in ("/assets/app-000000.js", "/robots.txt", "/.env", "/agent/app.css"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-cache")
        assert guarded(answer)


async def test_what_has_not_changed_is_not_sent_again(browser: httpx.AsyncClient) -> None:
    first = await browser.get("/agent")
    again = await browser.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert guarded(again)


@pytest.mark.parametrize(
    "path",
    [
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%5c..%5csecret.txt",
        "/%2e%2e/dist-of-others/secret.txt",
        "/linked/secret.txt",
        "/assets/link.txt",
        "/%2fetc/hosts.conf",
        "/assets/%2e%2e/index.html",
        "/secret.txt%00.js",
        f"/{'a' * 300}.js",
    ],
)
async def test_no_path_leads_out_of_the_folder(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert SECRET not in answer.text


async def test_an_absolute_path_leads_nowhere(browser: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await browser.get(f"/%2f{str(tmp_path)[1:]}/secret.txt")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/api/agents/agent1/login", 405),
        ("PUT", "/api/session", 405),
        ("POST", "/health", 405),
        ("GET", "/metrics/more", 404),
        ("POST", "/agent", 405),
    ],
)
async def test_what_is_not_the_consoles_keeps_its_own_answers(
    browser: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await browser.request(method, path)
    assert (answer.status_code, "detail" in answer.json()) == (status, True)


async def test_where_nothing_is_built_it_says_how_to_build_it(browser: httpx.AsyncClient, folder: Path) -> None:
    elsewhere = folder.with_name("elsewhere")
    await asyncio.to_thread(folder.rename, elsewhere)
    for path in ("/", "/agent"):
        answer = await browser.get(path)
        assert (answer.status_code, "make consoles" in answer.text, guarded(answer)) == (503, True, True)
    assert (await browser.get("/assets/app-1a2b3c.js")).status_code == 404
    await asyncio.to_thread(elsewhere.rename, folder)
    assert (await browser.get("/agent")).status_code == 200  # no restart is needed


def test_they_are_built_beside_the_package() -> None:
    assert consoles_folder() == Path(dialer.__file__).parent.parent / "web" / "dist"
