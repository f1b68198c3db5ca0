"""Numbers for wanted far ends, and a seeded population of customers with the list that an operator would import.

The last three digits K R T of a number decide who is there: see asterisk-conf/carrier-sim/extensions.conf.
"""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import dataclass, field
from enum import auto
from typing import TYPE_CHECKING

from dialer.core.model import Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from random import Random


class FarEnd(Word):
    """Who or what is at the other end."""

    PERSON = auto()
    """Answers, says hello, listens, talks for a while and hangs up."""
    PATIENT_PERSON = auto()
    """The same, but stays until we hang up (two minutes at most)."""
    PRESSES_NINE = auto()
    """Answers and presses 9 after six seconds, then every three."""
    MACHINE = auto()
    """An answering machine."""
    BUSY = auto()
    """486."""
    REJECTS = auto()
    """603."""
    RINGS_FOR_EVER = auto()
    """Nobody answers."""
    POWERED_OFF = auto()
    """The network says so, then 480."""
    NOT_REACHABLE = auto()
    """The network says so, then 480."""
    INVALID = auto()
    """The network says that there is no such number, then 404."""
    SUSPENDED = auto()
    """The network says so, then 480."""
    CONGESTION = auto()
    """503."""
    HANGS_UP = auto()
    """Answers and is gone within a tenth of a second."""

    # From here on the code lies, or says nothing: what is so can only be heard, for up to 40 s.
    SAYS_BUSY = auto()
    """The network says that the customer is talking, then 480."""
    BUSY_TONE = auto()
    """The Chinese busy tone, then 480."""
    SAYS_REJECTED = auto()
    """The network says that the customer declined, then 480."""
    SAYS_NO_ANSWER = auto()
    """The network says that nobody answers, then 480."""
    SAYS_POWERED_OFF = auto()
    """The network says so, then 480."""
    SAYS_OUT_OF_REACH = auto()
    """The network says so, then 486."""
    SAYS_CHANGED_NUMBER = auto()
    """The network says so, then 480."""
    SAYS_BARRED = auto()
    """The network says that calls to this number are barred, then 480."""
    SAYS_SOMETHING_ELSE = auto()
    """An announcement that no library knows, then 480."""
    SAYS_INVALID = auto()
    """The network says that there is no such number, then 480."""
    SAYS_INVALID_THEN_503 = auto()
    """The same, then 503."""
    SAYS_SUSPENDED = auto()
    """The network says so, then 480."""
    SAYS_NETWORK_BUSY = auto()
    """The network says that its lines are taken, then 480."""
    RING_BACK_TONE = auto()
    """Nobody answers; that it rings is told by nothing but the tone."""
    RING_BACK_MUSIC = auto()
    """A customer's own music for ten seconds, then they answer and stay until we hang up."""
    RING_BACK_SPEECH = auto()
    """The same with a voice that speaks."""


_K_AND_T = {
    FarEnd.PATIENT_PERSON: (0, 0),
    FarEnd.PRESSES_NINE: (0, 9),
    FarEnd.MACHINE: (1, 0),
    FarEnd.BUSY: (2, 0),
    FarEnd.REJECTS: (3, 0),
    FarEnd.RINGS_FOR_EVER: (4, 0),
    FarEnd.POWERED_OFF: (5, 0),
    FarEnd.NOT_REACHABLE: (5, 9),
    FarEnd.INVALID: (6, 0),
    FarEnd.SUSPENDED: (7, 0),
    FarEnd.CONGESTION: (8, 0),
    FarEnd.HANGS_UP: (9, 0),
    FarEnd.SAYS_BUSY: (2, 1),
    FarEnd.BUSY_TONE: (2, 2),
    FarEnd.SAYS_REJECTED: (3, 1),
    FarEnd.RING_BACK_TONE: (4, 1),
    FarEnd.RING_BACK_MUSIC: (4, 2),
    FarEnd.RING_BACK_SPEECH: (4, 3),
    FarEnd.SAYS_NO_ANSWER: (4, 4),
    FarEnd.SAYS_POWERED_OFF: (5, 1),
    FarEnd.SAYS_OUT_OF_REACH: (5, 2),
    FarEnd.SAYS_CHANGED_NUMBER: (5, 3),
    FarEnd.SAYS_BARRED: (5, 4),
    FarEnd.SAYS_SOMETHING_ELSE: (5, 5),
    FarEnd.SAYS_INVALID: (6, 1),
    FarEnd.SAYS_INVALID_THEN_503: (6, 2),
    FarEnd.SAYS_SUSPENDED: (7, 1),
    FarEnd.SAYS_NETWORK_BUSY: (8, 1),
}
"""The kind K and the variant T; a person's T is how long they talk."""

_FAR_ENDS = {k_and_t: far_end for far_end, k_and_t in _K_AND_T.items()}

_PREFIXES = ("139", "138", "137", "136", "135", "150", "151", "152", "158", "159", "186", "185", "133", "189")
"""Mobile prefixes of the three Chinese networks."""

_LAST_SERIAL = len(_PREFIXES) * 100_000 - 1
_TALK_STEP_S = 3
_SHORTEST, _LONGEST = 1, 8
_LONGEST_RING_S = 9


def number(far_end: FarEnd, ring_s: int = 2, talk_s: float = 9, serial: int = 0) -> str:
    """A valid Chinese mobile number (E.164) at which this far end is found; different for each serial.

    `ring_s`: 0 to 9 s of ringing first. `talk_s`: how long a PERSON talks, in steps of 3 s from 3 to 24.
    """
    if not 0 <= ring_s <= _LONGEST_RING_S:
        raise ValueError(f"ring_s: 0 to {_LONGEST_RING_S}, not {ring_s}")
    if not 0 <= serial <= _LAST_SERIAL:
        raise ValueError(f"serial: 0 to {_LAST_SERIAL}, not {serial}")
    steps = min(max(round(talk_s / _TALK_STEP_S), _SHORTEST), _LONGEST)
    k, t = _K_AND_T.get(far_end, (0, steps))
    block, position = divmod(serial, len(_PREFIXES))
    return f"+86{_PREFIXES[position]}{block:05d}{k}{ring_s}{t}"


def far_end_of(dialled: str) -> FarEnd:
    """Who is found at a number that `number` made, with or without its country code."""
    k, t = int(dialled[-3]), int(dialled[-1])
    return _FAR_ENDS.get((k, t), FarEnd.PERSON)


@dataclass(frozen=True, slots=True)
class Customer:
    """One line of the operator's list: the far end is that of the first number."""

    key: str
    name: str
    numbers: tuple[str, ...]
    far_end: FarEnd
    priority: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)


MIX: dict[FarEnd, float] = {
    FarEnd.PERSON: 0.38,
    FarEnd.PATIENT_PERSON: 0.02,
    FarEnd.RINGS_FOR_EVER: 0.18,
    FarEnd.POWERED_OFF: 0.09,
    FarEnd.BUSY: 0.07,
    FarEnd.REJECTS: 0.07,
    FarEnd.MACHINE: 0.05,
    FarEnd.NOT_REACHABLE: 0.04,
    FarEnd.INVALID: 0.04,
    FarEnd.SUSPENDED: 0.03,
    FarEnd.HANGS_UP: 0.02,
    FarEnd.CONGESTION: 0.01,
}
"""Shares of an outbound list, assumed for the lab: two in five answer in person."""

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰建国志文海燕红梅春雨晓东子涵梓萱浩然宇轩欣怡"
_PLANS = ("29", "39", "59", "79", "99", "129", "159", "199", "299")
_TERMINALS = (
    "华为 Mate 60",
    "华为 nova 12",
    "小米 14",
    "Redmi Note 13",
    "OPPO Reno 11",
    "vivo S18",
    "荣耀 90",
    "iPhone 15",
)
_STARS = ("一星", "二星", "三星", "四星", "五星")
_SECOND_NUMBER = 0.15


def population(size: int, rng: Random, mix: Mapping[FarEnd, float] = MIX) -> tuple[Customer, ...]:
    """`size` customers of the assumed mix, or of another; the same for the same seed. Nobody shares a number."""
    kinds = rng.choices(tuple(mix), weights=tuple(mix.values()), k=size)
    return tuple(_customer(position, far_end, rng) for position, far_end in enumerate(kinds))


def _customer(position: int, far_end: FarEnd, rng: Random) -> Customer:
    # Even serials are first numbers and odd ones second numbers.
    numbers = [number(far_end, rng.randint(1, 6), rng.choice((6, 9, 12, 15, 18, 24)), position * 2)]
    if rng.random() < _SECOND_NUMBER:
        numbers.append(number(FarEnd.PERSON, rng.randint(1, 6), rng.choice((6, 9, 12)), position * 2 + 1))
    return Customer(
        key=f"C{position + 1:06d}",
        name=rng.choice(_SURNAMES) + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2)))),
        numbers=tuple(numbers),
        far_end=far_end,
        priority=rng.randint(0, 9),
        attributes={
            "套餐月费": rng.choice(_PLANS),
            "终端": rng.choice(_TERMINALS),
            "网龄": f"{rng.randint(1, 18)}年",
            "星级": rng.choice(_STARS),
        },
    )


_HEADER = ("编号", "姓名", "手机", "手机2", "优先级", "套餐月费", "终端", "网龄", "星级")


def write_csv(path: Path, customers: Sequence[Customer], rng: Random) -> int:
    """Write the operator's list as UTF-8 CSV with bad rows strewn in; returns how many rows are bad."""
    lines = [_line(_cells(customer)) for customer in customers]
    bad = bad_rows(customers)
    # The first customer stays first, so that what repeats it is the duplicate; the last bad row never closes its quote
    # and would swallow what follows it.
    for row in bad[:-1]:
        lines.insert(rng.randrange(1, len(lines) + 1), row)
    path.write_bytes(_line(_HEADER) + b"".join(lines) + bad[-1])
    return len(bad)


def bad_rows(customers: Sequence[Customer]) -> list[bytes]:
    """Rows as operators' lists really hold them, each wrong in its own way; the last one never ends."""
    good = customers[0]
    keys = itertools.count(1)

    def row(**changed: str) -> bytes:
        cells = dict(zip(_HEADER, _cells(good), strict=True))
        cells |= {"编号": f"B{next(keys):06d}", "手机2": ""} | changed
        return _line(tuple(cells.values()))

    return [
        *(row(手机=impossible) for impossible in _IMPOSSIBLE_NUMBERS),
        *(row(姓名=name) for name in ("", "   ", "张\r\nAction: Originate", "李\x00四", "王" * 300)),
        *(row(姓名=formula) for formula in ('=HYPERLINK("http://x","领奖")', "@SUM(A1:A9)", "+cmd|' /C calc'!A0")),
        row(终端="=1+1"),
        *(row(优先级=priority) for priority in ("高", "inf")),
        _line((*_cells(good), *("多余",) * 400)),
        row(编号="重复在表内", 手机=good.numbers[0]),
        row(编号=good.key, 手机=number(FarEnd.PERSON, serial=_LAST_SERIAL)),
        row(姓名="赵六").replace("赵六".encode(), "赵六".encode("gb18030")),
        '"X9","没有结束的引号,13912345678,,1'.encode(),
    ]


_IMPOSSIBLE_NUMBERS = (
    "",
    "110",
    "10086",
    "95588",
    "1391234",
    "139123456789012",
    "12345678901",
    "电话不详",
    "+999123456789",
)


def _cells(customer: Customer) -> tuple[str, ...]:
    first, second = (*customer.numbers, "")[:2]
    attributes = (customer.attributes.get(name, "") for name in _HEADER[5:])
    # An operator's list has national numbers, without the country code.
    return (customer.key, customer.name, first[3:], second[3:], str(customer.priority), *attributes)


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
