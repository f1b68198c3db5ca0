"""Speak every text of the installation and the lab into 8 kHz mono files: espeak-ng for the voice, sox for the shape.

`python -m lab.prompts DIR` makes DIR/<language>/ringpace (what our IVR says), DIR/far-end (customers, machines
and the network's announcements), DIR/agents, and DIR/announcements, a library in which those of the network are known.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dialer.core.model import NumberState
from dialer.hearing.library import Library

PEAK_DB = "-4"
"""Peaks after normalising: as loud as a telephone line takes without clipping."""

TELEPHONE = ("-r", "8000", "-c", "1", "-b", "16")


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence in one voice: an espeak-ng voice with its variant, words a minute, pitch (0-99)."""

    text: str
    voice: str
    speed: int = 165
    pitch: int = 50


ZH_WOMAN = ("cmn+f2", 240)
EN_WOMAN = ("en-us+f2", 165)
FLOW_VOICES = {"zh": ZH_WOMAN, "en": EN_WOMAN}
"""Voice and speed for each language of a campaign; espeak-ng's Mandarin is slow at its usual speed."""

PERSONS = {
    "hello": Line("喂你好", "cmn+m3", 280, 45),
    "person1": Line("你好，你说的这个套餐我听说过，不过我想先问一下，每个月到底要多少钱。", "cmn+m3", 250, 40),
    "person2": Line("现在我在外面，你说快一点。我这个号码用了八年了，从来没有什么优惠。", "cmn+f3", 250, 60),
    "person3": Line("嗯，可以，那你给我讲一讲，家里的宽带能不能一起办，手机也想换一下。", "cmn+m1", 240, 30),
    "person4": Line(
        "Yes, speaking. I have a few minutes. Tell me what it costs and how long I am bound.", "en-us+f4", 165, 55
    ),
    "person5": Line(
        "I am not sure I need this. My present plan is fine, but what would I get if I stayed?", "en-gb+m5", 160, 45
    ),
}
"""What customers say: a word when they answer, then about six seconds each, over and over."""

MACHINE = Line(
    "您好这里是语音信箱机主现在不方便接听您的电话请您在听到提示音之后留言留言结束后直接挂机即可谢谢您的来电",
    *ZH_WOMAN,
)
"""No punctuation: a machine does not pause, which is what detection listens for."""

ANNOUNCEMENTS = {
    "powered-off": (
        Line("您好，您拨打的电话已关机。", *ZH_WOMAN),
        Line("Sorry, the subscriber you dialed is powered off.", *EN_WOMAN),
    ),
    "suspended": (
        Line("您好，您拨打的电话已停机。", *ZH_WOMAN),
        Line("Sorry, the telephone you dialed is out of service.", *EN_WOMAN),
    ),
    "invalid": (
        Line("您好，您拨打的号码是空号，请核对后再拨。", *ZH_WOMAN),
        Line("Sorry, the number you dialed does not exist, please check it and dial again.", *EN_WOMAN),
    ),
    "not-reachable": (
        Line("您好，您拨打的电话暂时无法接通，请稍后再拨。", *ZH_WOMAN),
        Line("Sorry, the subscriber you dialed can not be connected for the moment, please redial later.", *EN_WOMAN),
    ),
    "busy": (
        Line("您好，您拨打的用户正在通话中，请稍后再拨。", *ZH_WOMAN),
        Line("Sorry, the subscriber you dialed is busy now, please redial later.", *EN_WOMAN),
    ),
    "rejected": (
        Line("您好，您拨打的用户拒绝了您的来电。", *ZH_WOMAN),
        Line("Sorry, the subscriber has declined your call.", *EN_WOMAN),
    ),
    "no-answer": (
        Line("您好，您拨打的电话暂时无人接听，请稍后再拨。", *ZH_WOMAN),
        Line("Sorry, nobody answers the telephone you dialed, please redial later.", *EN_WOMAN),
    ),
    "changed-number": (
        Line("您好，您拨打的用户已改号，请查询后再拨。", *ZH_WOMAN),
        Line("Sorry, the number you dialed has been changed.", *EN_WOMAN),
    ),
    "barred": (
        Line("您好，您拨打的电话已呼入受限。", *ZH_WOMAN),
        Line("Sorry, calls to this telephone are restricted.", *EN_WOMAN),
    ),
    "network-busy": (
        Line("您好，网络繁忙，请稍后再拨。", *ZH_WOMAN),
        Line("Sorry, all lines are busy at the moment, please redial later.", *EN_WOMAN),
    ),
}
"""What the network says when a call does not come about; the library of the lab's dialler knows all of these."""

STATES = {
    "powered-off": NumberState.OFF,
    "suspended": NumberState.SUSPENDED,
    "invalid": NumberState.INVALID,
    "not-reachable": NumberState.OUT_OF_REACH,
    "busy": NumberState.BUSY,
    "rejected": NumberState.REJECTED,
    "no-answer": NumberState.NO_ANSWER,
    "changed-number": NumberState.CHANGED_NUMBER,
    "barred": NumberState.CALL_BARRED,
    "network-busy": NumberState.NETWORK_BUSY,
}
"""What each announcement means."""

NOT_ANNOUNCEMENTS = {
    "something-else": (
        Line(
            "尊敬的客户，根据本地通信管理部门的通知，今天夜里三点到五点进行线路割接，届时业务可能中断。", "cmn+f4", 230
        ),
    ),
    "ring-back-speech": (
        Line(
            "欢迎致电幸福花园酒店，我们的餐厅每天早上七点开门，新到的海鲜全部八折，请您稍等片刻。",
            "cmn+m2",
            260,
            35,
        ),
    ),
}
"""What sounds like an announcement and tells nothing of the number: the library knows none of these."""

_BUSY = (*("synth", "0.35", "sine", "450"), *("pad", "0", "0.35"), *("repeat", "59"))
_RING_BACK = (*("synth", "1", "sine", "450"), *("pad", "0", "4"), *("repeat", "8"))
_CHORDS = (("C4", "E4", "G4"), ("A3", "C4", "E4"), ("F3", "A3", "C4"), ("G3", "B3", "D4"))
TONES = {"busy-tone": _BUSY, "ring-back-tone": _RING_BACK}
"""The tones of Chinese networks (ITU-T E.180, supplement 2), 42 and 45 s of them, as sox makes them."""

AGENTS = {
    "agent1": Line("您好，我是客服代表，工号一零零一。给您介绍一下新的套餐，流量更多，价格更低。", "cmn+f4", 250),
    "agent2": Line("先生您好，打扰您一分钟。您的号码符合老客户优惠的条件，我给您说明一下。", "cmn+m4", 245),
    "agent3": Line("好的，我帮您看一下。您每个月的费用，换成这个套餐以后可以省三十块钱。", "cmn+f1", 250),
    "agent4": Line(
        "Good morning, I am calling about your contract, which ends soon. May I tell you your options?", "en-us+f3"
    ),
}
"""What the lab's agents say while they talk; an agent's phone plays one of them over and over."""


def speak_all(into: Path) -> int:
    """Make every file anew; returns how many there are."""
    files: dict[Path, tuple[Line, ...]] = {
        into / language / "ringpace" / f"{name}.wav": (Line(text, *FLOW_VOICES[language]),)
        for language, name, text in flow_prompts()
    }
    files |= {into / "far-end" / f"{name}.wav": (line,) for name, line in PERSONS.items()}
    files |= {into / "far-end" / f"{name}.wav": lines for name, lines in (ANNOUNCEMENTS | NOT_ANNOUNCEMENTS).items()}
    files |= {into / "agents" / f"{name}.wav": (line,) for name, line in AGENTS.items()}
    for path, lines in files.items():
        _make(path, lines)
    _make(into / "far-end" / "machine.wav", (MACHINE,), beep=True)
    for name, effects in TONES.items():
        _run("sox", "-n", *TELEPHONE, str(into / "far-end" / f"{name}.wav"), *effects, "gain", "-12")
    library = Library(into / "announcements")
    for name, state in STATES.items():
        text = " ".join(line.text for line in ANNOUNCEMENTS[name])
        sound = into / "far-end" / f"{name}.wav"
        library.add(sound, name, state, language="zh+en", text=text, since=date(2026, 11, 22))
    _make_music(into / "far-end" / "ring-back-music.wav")
    return len(files) + len(TONES) + 2


def flow_prompts() -> list[tuple[str, str, str]]:
    """Language, name and text of all that our IVR says; the flows themselves list them."""
    listed = subprocess.run([sys.executable, "-m", "ivr"], check=True, capture_output=True, encoding="utf-8")
    rows = (line.split("\t") for line in listed.stdout.splitlines() if line)
    return [(language, name, text) for language, name, text in rows]


def _make(path: Path, lines: tuple[Line, ...], *, beep: bool = False) -> None:
    """One file: the lines one after the other, cut of the silence around them, at telephone loudness."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        parts = [_speak(line, Path(scratch) / f"{position}.wav") for position, line in enumerate(lines)]
        if beep:
            parts.append(Path(scratch) / "beep.wav")
            _run("sox", "-n", "-r", "22050", "-c", "1", "-b", "16", str(parts[-1]), "synth", "1", "sine", "1000")
        joined = Path(scratch) / "joined.wav"
        _run("sox", *map(str, parts), *TELEPHONE, str(joined), "norm", PEAK_DB)
        joined.replace(path)


def _make_music(path: Path) -> None:
    """Ten seconds of broken chords over a bass: no tune that anybody owns."""
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        bars = []
        for position, chord in enumerate(_CHORDS):
            bars.append(Path(scratch) / f"{position}.wav")
            strings = [word for note in chord for word in ("pluck", note)]
            # Each string a little after the one below it, as a hand does.
            shape = ("delay", "0", "0.15", "0.3", "remix", "-", "fade", "0", "2.5", "0.1", "norm", "-3")
            _run("sox", "-n", "-r", "22050", "-b", "16", str(bars[-1]), "synth", "2.5", *strings, *shape)
        _run("sox", *map(str, bars), *TELEPHONE, str(path), "norm", PEAK_DB)


def _speak(line: Line, path: Path) -> Path:
    raw = path.with_suffix(".raw.wav")
    _run("espeak-ng", "-v", line.voice, "-s", str(line.speed), "-p", str(line.pitch), "-w", str(raw), "--", line.text)
    trim = ("silence", "1", "0.02", "0.5%", "reverse", "silence", "1", "0.02", "0.5%", "reverse")
    _run("sox", str(raw), str(path), *trim, "norm", "-3", "pad", "0.02", "0.15")
    return path


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)  # noqa: S603 - our own texts, and no shell


def main() -> None:
    """Fill the folder named on the command line."""
    into = Path(sys.argv[1])
    made = speak_all(into)
    sys.stdout.write(f"{made} prompts spoken into {into}\n")


if __name__ == "__main__":
    main()
