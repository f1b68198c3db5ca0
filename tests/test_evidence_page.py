"""The page that people read: whatever a list, an agent or an auditor wrote is text in it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dialer.evidence_page import page_of

ATTEMPT: dict[str, Any] = {
    "attempt_id": "a1",
    "campaign": {"campaign_id": 1, "name": "autumn"},
    "lead": {"name": "王小明"},
    "note": None,
    "timeline": [{"what": "queued", "at": "2026-11-23T02:30:00.000+00:00"}, {"what": "moved", "at": "later"}],
    "legal_hold": None,
}
hostile = st.sampled_from(
    ["<script>alert(1)</script>", "</td></table>", '"><img src=x onerror=x>', "{title}", "%s", "&lt;"]
)
texts = st.one_of(hostile, st.text(max_size=30))


class Read(HTMLParser):
    """What a browser would see: the tags, and the text outside of the style sheet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _value in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@given(name=texts, note=texts, reason=texts, detail=texts)
def test_what_came_from_outside_is_text(name: str, note: str, reason: str, detail: str) -> None:
    plain = Read(told("x", "x", "x", "x"))
    read = Read(told(name or "x", note or "x", reason, detail))
    assert read.tags == plain.tags
    for one in (name, note, reason, detail):
        assert one.replace("\r", "") in read.text.replace("\r", "")


def told(name: str, note: str, reason: str, detail: str) -> str:
    hold = {"reason": reason, "who": "user:ada", "at": "today"}
    attempt = ATTEMPT | {"lead": {"name": name}, "note": note, "legal_hold": hold}
    line = {"at": "today", "who": "user:ada", "what": "number seen", "detail": detail}
    return page_of(attempt, {"at": "today", "mode": "RATIO", "reason": reason, "place": 1}, [line], None)


def test_what_there_is_not_is_said_and_not_left_out() -> None:
    page = page_of(ATTEMPT, None, [], "it was <b>deleted</b>")
    read = Read(page)
    assert "audio" not in read.tags
    assert "it was <b>deleted</b>" in read.text
    assert "No sound" in read.text
    assert read.text.count("None") == 2  # no decision, no audit line
