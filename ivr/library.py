"""The flows of a folder, read and checked."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from dialer.core.errors import InputError
from ivr.flow import Flow

OWN = Path(__file__).parent / "flows"


def load_flows(folder: Path = OWN) -> dict[str, Flow]:
    """All flows of a folder by name. Raises InputError, which names the file, where one cannot be used.

    A prompt may be shared by flows, but then it must say the same in all of them: it is one sound file.
    """
    flows: dict[str, Flow] = {}
    said: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            flow = Flow.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
            raise InputError(f"{path.name}: {error}") from error
        if flow.name != path.stem:
            raise InputError(f"{path.name}: its name is {flow.name!r}, and must be the file's own")
        for language, prompt, text in flow.prompts("{company}"):
            if said.setdefault((language, prompt), text) != text:
                raise InputError(f"{path.name}: prompt {prompt!r} ({language}) says something else in another flow")
        flows[flow.name] = flow
    return flows
