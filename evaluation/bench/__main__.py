"""The command line of the benchmarks.

    python -m evaluation.bench [--quick | --full] [--set FOLDER ...] [--only NAME ...] [--out build]

A set is a folder with `cases.jsonl` (one JSON object a line: id, audio, and text where it is known)
and the audio files that it names, in any format. Without --set the sets in ../shared/data are used.
The results are written to bench.html and bench.json in the folder of --out after every benchmark.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from evaluation.bench.plan import ALL, chosen
from evaluation.bench.results import BARS
from evaluation.bench.session import Progress, Session, Wish
from evaluation.cases import CasesError
from voicebot.config import ROOT

DEFAULT_SETS: Final = tuple(
    ROOT.parent / "shared" / "data" / name for name in ("an4", "coffee-orders", "digits")
)
INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when all was measured, 1 when something was not, 130 after Ctrl-C."""
    given = _parser().parse_args(arguments)
    sets = tuple(given.set or (folder for folder in DEFAULT_SETS if folder.is_dir()))
    progress = Progress(sys.stderr)
    if not sets:
        print("no recordings: give a set with --set FOLDER", file=sys.stderr)
        return 2
    try:
        benchmarks = chosen(given.only)
        session = Session(Wish(sets, given.full, given.out, given.seed), progress)
    except (CasesError, LookupError) as error:
        print(error.args[0], file=sys.stderr)
        return 2
    result = asyncio.run(session.run(benchmarks))
    for line in summary(result):
        print(line)
    print(f"\n{given.out / 'bench.html'}  {given.out / 'bench.json'}")
    if session.interrupted:
        return INTERRUPTED
    return int(any(found["failure"] for found in result["benchmarks"].values()))


def summary(result: dict[str, Any]) -> list[str]:
    """The figures as lines for a terminal."""
    lines = []
    for bar in BARS:
        value: Any = result
        for part in bar.key.split("."):
            value = value[part]
        if value is None:
            shown, verdict = "not run", ""
        else:
            shown = f"{value * bar.scale:.4g} {bar.unit}"
            verdict = "reached" if result["reached"][bar.key] else "MISSED"
        limit = f"{bar.direction} {bar.limit * bar.scale:.4g}"
        lines.append(f"{bar.what:52} {shown:>16}  {limit:>14}  {verdict}")
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--quick", action="store_true", help="under six minutes (the default)")
    mode.add_argument("--full", action="store_true", help="all of it, about an hour")
    parser.add_argument("--set", action="append", type=Path, metavar="FOLDER")
    names = ", ".join(benchmark.name for benchmark in ALL)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help=names)
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other recordings")
    return parser


if __name__ == "__main__":
    sys.exit(main())
