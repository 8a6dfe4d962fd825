"""Throws hostile files and messages at the gateway, and measures what they do to it.

    python -m evaluation.hostile [--each 8] [--workers 2] [--only GROUP ...] [--json FILE]

Some 800 inputs: made ones (bombs, loops, lies, forgeries) and mutations of valid files. Each file
goes through the gateway's own planner and transforms in a process of its own, each mail through the
real SMTP door before, each conversation over a real connection. None may crash or hang it, reach a
file or an address, cost more than the caps, or leave without a result or a clear error.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evaluation.hostile.circumstances import Caps
from evaluation.hostile.corpus import corpus, sample
from evaluation.hostile.report import Tried
from evaluation.hostile.running import run
from evaluation.hostile.table import table


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when nothing was broken, 1 when something was, 2 when it could not run."""
    given = _parser().parse_args(arguments)
    inputs = sample() if given.quick else corpus(given.each)
    if given.only:
        inputs = tuple(one for one in inputs if one.group in given.only)
    if given.name:
        inputs = tuple(one for one in inputs if given.name in one.name)
    if not inputs:
        print("error: no input is called so", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    began = time.monotonic()
    try:
        found = run(inputs, folder, workers=given.workers, tell=_tell if given.loud else _quiet)
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(table(found, Caps()))
    broken = sum(bool(one.breaches) for one in found)
    print(f"{len(found)} inputs, {broken} broke something, {time.monotonic() - began:.0f} s")
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")
    if broken:
        print(f"the logs are kept in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.hostile", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--each", type=int, default=8, help="mutations of every kind of file")
    parser.add_argument("--workers", type=int, default=2, help="files at once")
    parser.add_argument("--quick", action="store_true", help="only a small sample")
    parser.add_argument("--only", action="append", help="only this group; may be repeated")
    parser.add_argument("--name", default="", help="only inputs whose name holds this")
    parser.add_argument("--loud", action="store_true", help="tell what comes of each input")
    parser.add_argument("--json", type=Path, help="write what was found there")
    return parser


def _quiet(_: Tried) -> None:
    """Nothing is told before the end."""


def _tell(one: Tried) -> None:
    states = [f"{each.goal} {each.state}" for each in one.report.outcomes] if one.report else []
    cost = f"{one.report.cpu:.1f} s" if one.report else ""
    reply = one.answer.reply[:60] if one.answer else ""
    print(f"{one.group}: {one.name}: {', '.join(states)} {cost} {reply}", flush=True)
    for each in one.report.outcomes if one.report else ():
        if each.message:
            print(f"    {each.goal}: {each.error}: {each.message[:1500]}", flush=True)
    for breach in one.breaches:
        print(f"    BREACH {breach}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
