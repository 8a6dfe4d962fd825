"""What the telephone network does with the bot's audio: buffer, play in real time, echo marks.

As Twilio does it (https://www.twilio.com/docs/voice/media-streams/websocket-messages): audio is
played in order of arrival, a mark comes back when all audio before it was played, `clear` drops the
buffer and returns the marks that were waiting. Pure: time passes when `play` is called.
"""

from __future__ import annotations

from collections import deque

SILENT = b"\xff"
"""Silence in mu-law."""

MAX_BUFFER = 600 * 8000
"""Bytes that Twilio buffers: ten minutes. More is dropped."""

MAX_MARKS = 10_000


class Playout:
    """The buffer of one call: mu-law at 8 kHz, one byte a sample."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._marks: deque[tuple[int, str]] = deque()
        self._played = 0
        self.dropped = 0

    @property
    def buffered(self) -> int:
        """Bytes that wait to be played."""
        return len(self._buffer)

    @property
    def idle(self) -> bool:
        """Nothing waits to be played and no mark to be echoed."""
        return not self._buffer and not self._marks

    def media(self, audio: bytes) -> None:
        """Buffer `audio`; what goes beyond the buffer is dropped and counted in `dropped`."""
        room = MAX_BUFFER - len(self._buffer)
        self._buffer += audio[:room]
        self.dropped += len(audio[room:])

    def mark(self, name: str) -> None:
        """Put a mark behind what is buffered; beyond MAX_MARKS it is lost."""
        if len(self._marks) < MAX_MARKS:
            self._marks.append((self._played + len(self._buffer), name))

    def clear(self) -> list[str]:
        """Drop the buffer; returns the names of the marks that were waiting."""
        self._buffer.clear()
        names = [name for _, name in self._marks]
        self._marks.clear()
        return names

    def due(self) -> list[str]:
        """The names of the marks that the playing has reached; each is returned once."""
        names = []
        while self._marks and self._marks[0][0] <= self._played:
            names.append(self._marks.popleft()[1])
        return names

    def play(self, size: int) -> bytes:
        """What the caller hears in the next `size` samples; silence where nothing is buffered."""
        audio = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._played += len(audio)
        return audio + SILENT * (size - len(audio))
