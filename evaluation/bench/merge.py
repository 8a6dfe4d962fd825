"""Put what one run measured into the bench.json of another.

    python -m evaluation.bench.merge FROM INTO

`make bench-peers` is a run of its own; with this its figures stand beside those of `make bench`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_BY_NAME: Final = ("intervals", "reached", "benchmarks")
"""Parts of bench.json whose entries belong to single figures or benchmarks."""
_DESCRIPTION: Final = (
    "mode",
    "finished",
    "sets",
    "seed",
    "partial",
    "machine",
    "versions",
    "settings",
    "null_because",
    *_BY_NAME,
)


def merged(into: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """`into` with everything that `found` measured; what neither has stays null.

    When, in which mode and with what `found` was measured stands with its benchmarks.
    """
    result = _filled(into, {key: found[key] for key in found if key not in _DESCRIPTION})
    for part in _BY_NAME:
        result[part] = {**into[part], **found[part]}
    run = {key: found[key] for key in ("mode", "finished", "sets", "seed", "machine", "settings")}
    for name in found["benchmarks"]:
        result["benchmarks"][name] = found["benchmarks"][name] | {"run": run}
    result["null_because"] = {
        key: why for key, why in into["null_because"].items() if key in found["null_because"]
    }
    return result


def _filled(into: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(into)
    for key, value in found.items():
        if isinstance(value, Mapping):
            inner = result.get(key)
            result[key] = _filled(inner if isinstance(inner, Mapping) else {}, value)
        elif value is not None or key not in result:
            result[key] = value
    return result


def main(arguments: Sequence[str]) -> int:
    """The command: 0, or 2 for wrong arguments."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    source, target = map(Path, arguments)
    found = json.loads(source.read_text(encoding="utf-8"))
    if target.is_file():
        found = merged(json.loads(target.read_text(encoding="utf-8")), found)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
