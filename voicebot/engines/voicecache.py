"""Rendered speech kept on disk, the latest in memory too: what calls say is synthesized once.

One file for each text, named by a hash. A file is written under another name and moved into place
when complete; a damaged one is removed. When the files outgrow their limit, those go that were not
used for the longest time.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import threading
import time
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Final

import structlog

from voicebot.audio.pcm import Int16, from_bytes, to_bytes
from voicebot.audio.speech import SHAPING
from voicebot.engines.base import VoiceSettings

_log = structlog.get_logger(__name__)

_HEADER: Final = struct.Struct("<8sII")  # magic, rate, CRC-32 of the samples
_MAGIC: Final = b"VBVOICE1"
_SUFFIX: Final = ".pcm"
_PARTIAL: Final = ".part"
MEMORY_BYTES: Final = 8 * 1024 * 1024
_ABANDONED: Final = 3600.0  # seconds after which a partial file belongs to nobody


def cache_key(engine: str, text: str, settings: VoiceSettings, rate: int) -> str:
    """The name of what `engine` (with its version) makes of a text: a hash, not the text."""
    fields = "\0".join((engine, text, repr(settings), str(rate), str(SHAPING)))
    return hashlib.sha256(fields.encode()).hexdigest()


class VoiceCache:
    """Audio by key in one folder, at most `limit` bytes of it, and `memory` bytes at hand.

    For threads: `get` and `put` block, `recall` does not. The arrays must not be written to.
    """

    def __init__(self, folder: Path, limit: int, rate: int, memory: int = MEMORY_BYTES) -> None:
        """Nothing is read or made until the first use."""
        self._folder = folder
        self._limit = limit
        self._rate = rate
        self._lock = threading.Lock()
        self._bytes: int | None = None  # None: not counted yet
        self._memory_limit = memory
        self._memory: OrderedDict[str, Int16] = OrderedDict()
        self._memory_bytes = 0

    def recall(self, key: str) -> Int16 | None:
        """The audio of a key if it was used lately, or None; reads no file."""
        with self._lock:
            samples = self._memory.get(key)
            if samples is not None:
                self._memory.move_to_end(key)
            return samples

    def get(self, key: str) -> Int16 | None:
        """The audio of a key, or None. Never raises: a file that can't be used is removed."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("voice cache not readable", reason=error.strerror)
            return None
        samples = self._unpack(data)
        try:
            if samples is None:
                _log.warning("damaged file in the voice cache removed", file=path.name)
                path.unlink(missing_ok=True)
            else:
                os.utime(path)
        except OSError as error:
            _log.warning("voice cache not writable", reason=error.strerror)
        if samples is not None:
            self._remember(key, samples)
        return samples

    def put(self, key: str, samples: Int16) -> None:
        """Keep the audio of a key, if it fits. Never raises: without the cache it works, too."""
        self._remember(key, samples)
        pcm = to_bytes(samples)
        data = _HEADER.pack(_MAGIC, self._rate, zlib.crc32(pcm)) + pcm
        if len(data) > self._limit:
            return
        try:
            with self._lock:
                self._write(self._path(key), data)
                self._evict()
        except OSError as error:
            _log.warning("voice cache not writable", reason=error.strerror)

    def _remember(self, key: str, samples: Int16) -> None:
        with self._lock:
            former = self._memory.pop(key, None)
            self._memory[key] = samples
            self._memory_bytes += samples.nbytes - (0 if former is None else former.nbytes)
            while self._memory_bytes > self._memory_limit:
                self._memory_bytes -= self._memory.popitem(last=False)[1].nbytes

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def _unpack(self, data: bytes) -> Int16 | None:
        if len(data) < _HEADER.size or (len(data) - _HEADER.size) % 2:
            return None
        magic, rate, checksum = _HEADER.unpack_from(data)
        pcm = data[_HEADER.size :]
        if magic != _MAGIC or rate != self._rate or zlib.crc32(pcm) != checksum:
            return None
        return from_bytes(pcm)

    def _write(self, path: Path, data: bytes) -> None:
        if self._bytes is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()
            self._bytes = sum(size for _, size, _ in self._files())
        replaced = path.stat().st_size if path.exists() else 0
        descriptor, name = tempfile.mkstemp(suffix=_PARTIAL, dir=self._folder)
        partial = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        self._bytes += len(data) - replaced

    def _evict(self) -> None:
        if self._bytes is None or self._bytes <= self._limit:
            return
        files = sorted(self._files())
        self._bytes = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._bytes <= self._limit:
                return
            path.unlink(missing_ok=True)
            self._bytes -= size

    def _files(self) -> list[tuple[float, int, Path]]:
        """Time of last use, size and path of every file that does not vanish meanwhile."""
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found.append((status.st_mtime, status.st_size, path))
        return found

    def _remove_abandoned(self) -> None:
        for path in self._folder.glob(f"*{_PARTIAL}"):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink(missing_ok=True)
