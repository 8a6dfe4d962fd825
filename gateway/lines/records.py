"""What is kept of each use of a line: in a folder of its own, `root`/lines/`key`.

order.json      the service, the content and the wishes: written first
source/         a link to the file, or a copy of it
work/           what the transform keeps from attempt to attempt
outcome.json    how the last attempt ended (a `Standing`)
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from gateway.content import Content
from gateway.errors import RefusedError
from gateway.lines.messages import Asked, Standing
from gateway.wholefiles import write_whole

_ORDER: Final = "order.json"
_OUTCOME: Final = "outcome.json"


class Records:
    """The uses of lines that are known. Blocking; one caller at a time for each key."""

    def __init__(self, root: Path, wall: Callable[[], float] = time.time) -> None:
        """`root` is the gateway's data folder: files outside of it are not taken."""
        self._root = root
        self._folder = root / "lines"
        self._wall = wall

    def admit(self, service: str, asked: Asked) -> None:
        """Keep what is asked for, if it is not known.

        Raises:
            RefusedError: the key was used for something else, or the file is none of ours.
        """
        order: dict[str, Any] = {"service": service, **asked.order()}
        path = self._of(asked.key) / _ORDER
        if path.exists():
            if json.loads(path.read_bytes()) != order:
                raise RefusedError("this key was used for something else on the telephone")
            return
        source = self._checked(asked).path
        folder = path.parent / "source"
        shutil.rmtree(path.parent, ignore_errors=True)  # it broke off here the last time
        folder.mkdir(parents=True)
        (path.parent / "work").mkdir()
        kept = folder / source.name
        try:
            os.link(source, kept)
        except OSError:  # another disk, or one that knows no links
            shutil.copyfile(source, kept)
        write_whole(path, json.dumps(order).encode())

    def source(self, asked: Asked) -> Content:
        """The content of what was admitted, with our own file."""
        content = Content.from_json(asked.content)
        return replace(content, path=self._of(asked.key) / "source" / content.path.name)

    def work(self, key: str) -> Path:
        """Where the transform keeps its files."""
        return self._of(key) / "work"

    def outcome(self, key: str) -> Standing | None:
        """How the last attempt that is over ended."""
        try:
            return Standing.model_validate_json((self._of(key) / _OUTCOME).read_bytes())
        except FileNotFoundError:
            return None

    def ended(self, key: str, standing: Standing) -> None:
        """Keep how an attempt ended."""
        write_whole(self._of(key) / _OUTCOME, standing.model_dump_json().encode())

    def prune(self, seconds: float) -> int:
        """Remove what nobody has touched for so long; how many that were."""
        oldest, removed = self._wall() - seconds, 0
        for folder in self._folder.glob("*/"):
            last = max((file.stat().st_mtime for file in folder.glob("*.json")), default=0.0)
            if max(last, folder.stat().st_mtime) < oldest:
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
        return removed

    def _of(self, key: str) -> Path:
        return self._folder / key

    def _checked(self, asked: Asked) -> Content:
        try:
            content = Content.from_json(asked.content)
            path = content.path.resolve(strict=True)
        except (KeyError, ValueError, TypeError, OSError) as error:
            raise RefusedError("what is to be sent is no content, or its file is gone") from error
        if not path.is_file() or not path.is_relative_to(self._root.resolve()):
            raise RefusedError("only files of the gateway's own data folder are sent")
        return content
