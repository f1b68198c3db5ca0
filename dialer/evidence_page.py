"""The page of an evidence file that people read, in Chinese and English; whatever came from outside is text in it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; media-src 'self' file:">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
h1 {{ font-size: 1.3rem }} h2 {{ font-size: 1.05rem; margin-top: 1.6rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; padding: .25rem .6rem; border-bottom: 1px solid #ccc }}
th {{ width: 16rem; font-weight: 600 }} td {{ overflow-wrap: anywhere }}
audio {{ width: 100% }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>本文件由系统自动生成。用 <code>dialer recordings verify</code> 可核对各文件与签名。<br>
<span lang="en">Made by the system; <code>dialer recordings verify</code> checks its files and signature.</span></p>
{sound}
<h2>通话 <span lang="en">Call</span></h2>
{call}
<h2>经过 <span lang="en">What happened when (UTC)</span></h2>
{timeline}
<h2>为何拨打 <span lang="en">Why it was placed</span></h2>
{decision}
<h2>审计 <span lang="en">Audit trail</span></h2>
{audit}
</body>
</html>
"""
_FACTS = {
    "attempt_id": ("呼叫编号", "Attempt"),
    "name": ("客户", "Customer"),
    "e164": ("号码", "Number"),
    "caller_id": ("主叫号码", "Number shown"),
    "agent_id": ("坐席", "Agent"),
    "outcome": ("呼叫结果", "Outcome"),
    "disposition": ("登记结果", "Disposition"),
    "reason": ("原因", "Reason"),
    "note": ("备注", "Note"),
    "hung_up_by": ("挂断方", "Ended by"),
    "counts_as": ("按法规计为", "Counts by law as"),
    "detail": ("说明", "Detail"),
}
_MOMENTS = {
    "queued": ("排入", "chosen"),
    "sent": ("发出", "sent to the network"),
    "progress": ("有进展", "network answered"),
    "ringing": ("振铃", "ringing"),
    "answered": ("接听", "answered"),
    "bridged": ("接通坐席", "with the agent"),
    "message": ("播放提示", "message begun"),
    "flow": ("进入流程", "flow begun"),
    "unbridged": ("与坐席断开", "apart from the agent"),
    "ended": ("结束", "ended"),
    "wrapped_up": ("登记完成", "recorded by the agent"),
}
_DECISION = {
    "at": ("时间", "At"),
    "mode": ("方式", "Mode"),
    "place": ("拨打数", "Calls placed"),
    "reason": ("理由", "Reason"),
    "expected_abandonment": ("预计呼损率", "Expected abandonment"),
}


def page_of(
    attempt: Mapping[str, Any],
    decision: Mapping[str, Any] | None,
    audit: Iterable[Mapping[str, Any]],
    no_sound: str | None,
) -> str:
    """The page: `no_sound` says why there is no sound beside it, None where there is."""
    told = {**attempt, "name": attempt["lead"].get("name", "")}
    call = [_row(*names, told.get(key)) for key, names in _FACTS.items() if told.get(key) not in {None, ""}]
    call.insert(1, _row("活动", "Campaign", attempt["campaign"]["name"]))
    hold = attempt["legal_hold"]
    if hold is not None:
        call.append(_row("依法保留", "Legal hold", f"{hold['reason']} ({hold['who']}, {hold['at']})"))
    moments = [_row(*_moment(one["what"]), one["at"]) for one in attempt["timeline"]]
    why = [_row(*names, decision.get(key)) for key, names in _DECISION.items()] if decision else []
    lines = [_cells(one["at"], one["who"], one["what"], one["detail"]) for one in audit]
    sound = '<audio controls src="sound.wav"></audio>'
    if no_sound is not None:
        sound = f'<p>没有录音：{escape(no_sound)}<br><span lang="en">No sound: {escape(no_sound)}</span></p>'
    return _PAGE.format(
        title=f"通话证据 Evidence of call {escape(str(attempt['attempt_id']))}",
        sound=sound,
        call=_table(call),
        timeline=_table(moments),
        decision=_table(why),
        audit=_table(lines),
    )


def _moment(what: str) -> tuple[str, str]:
    return _MOMENTS.get(what, (what, what))


def _row(zh: str, en: str, value: object) -> str:
    return f'<tr><th>{escape(zh)} <span lang="en">{escape(en)}</span></th><td>{escape(str(value))}</td></tr>'


def _cells(*values: object) -> str:
    return f"<tr>{''.join(f'<td>{escape(str(value))}</td>' for value in values)}</tr>"


def _table(rows: list[str]) -> str:
    return f"<table><tbody>{''.join(rows)}</tbody></table>" if rows else '<p>无 <span lang="en">None</span></p>'
