"""`python -m ivr [--company NAME]` lists what is to be spoken: language, prompt and text, a tab between."""

from __future__ import annotations

import argparse
import sys

from ivr.library import load_flows


def main() -> None:
    """One line for each prompt in each language; a prompt that several flows share is listed once."""
    parser = argparse.ArgumentParser(prog="python -m ivr", description=__doc__)
    parser.add_argument("--company", default="Ringpace", help="the name by which callers introduce themselves")
    company = parser.parse_args().company
    listed = dict.fromkeys(prompt for flow in load_flows().values() for prompt in flow.prompts(company))
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a TextIOWrapper whenever we are a program
    for prompt in listed:
        sys.stdout.write("\t".join(prompt) + "\n")


if __name__ == "__main__":
    main()
