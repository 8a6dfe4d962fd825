"""T.30 fax terminals of the spandsp library, bound by ctypes.

Audio is 8 kHz 16-bit linear. A terminal keeps time by the samples that it is given, so a session
runs as fast as its audio comes. The library is C code that parses what strangers send: use it in a
process of its own (`gateway.fax.worker`), with limits.

Source: spandsp 0.0.6 (LGPL-2.1), headers fax.h, t30.h and t30_api.h. ITU-T T.30 (09/2005).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_int16, c_void_p
from typing import Any, Final

from gateway.errors import MissingPartError
from gateway.fax.result import Direction, FaxPage, FaxResult, FaxTask

LIBRARY: Final = "libspandsp.so.2"
RATE: Final = 8000
"""Samples per second."""

_FRAME: Final = 320  # bytes: 20 ms
_MOST_REPEATED: Final = 480  # samples: 60 ms
_OK: Final = 0
_T6: Final = 3  # T4_COMPRESSION_ITU_T6: how received pages are stored
_LONGEST_IDENT: Final = 20
_LONGEST_HEADER: Final = 50
_MODEMS: Final = ((14400, 0x04), (9600, 0x02), (4800, 0x01))  # V.17, V.29, V.27ter
_COMPRESSIONS: Final = 0x02 | 0x04  # T.4 in one and two dimensions
_COMPRESSION_ECM: Final = 0x08  # T.6 needs error correction
_RESOLUTIONS: Final = 0x01 | 0x02 | 0x04 | 0x20000  # standard, fine, superfine; 8 pixels per mm
_SIZES: Final = 0x01 | 0x02 | 0x04 | 0x10000 | 0x20000 | 0x40000 | 0x80000 | 0x100000
_LAST_PAGE: Final = frozenset((0x2E, 0x3E))  # EOP, PRI-EOP: no page follows
_DROPPED_CODE: Final = 49  # T30_ERR_CALLDROPPED
_DROPPED: Final = "the call dropped before the fax was complete"

_PhaseHandler = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
_EndHandler = CFUNCTYPE(None, c_void_p, c_void_p, c_int)


class _Statistics(ctypes.Structure):
    """`t30_stats_t`."""

    _fields_ = [
        (name, c_int)
        for name in (
            "bit_rate",
            "error_correcting_mode",
            "pages_tx",
            "pages_rx",
            "pages_in_file",
            "x_resolution",
            "y_resolution",
            "width",
            "length",
            "image_size",
            "encoding",
            "bad_rows",
            "longest_bad_row_run",
            "error_correcting_mode_retries",
            "current_status",
        )
    ]


def load() -> ctypes.CDLL:
    """The library, with the types of what is used of it. Raises MissingPartError."""
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise MissingPartError(
            "libspandsp2 is not installed, which fax needs; `make system` installs it"
        ) from error
    for name, result, arguments in (
        ("fax_init", c_void_p, (c_void_p, c_int)),
        ("fax_free", c_int, (c_void_p,)),
        ("fax_get_t30_state", c_void_p, (c_void_p,)),
        ("fax_rx", c_int, (c_void_p, POINTER(c_int16), c_int)),
        ("fax_rx_fillin", c_int, (c_void_p, c_int)),
        ("fax_tx", c_int, (c_void_p, POINTER(c_int16), c_int)),
        ("fax_set_transmit_on_idle", None, (c_void_p, c_int)),
        ("t30_terminate", None, (c_void_p,)),
        ("t30_completion_code_to_str", c_char_p, (c_int,)),
        ("t30_get_rx_ident", c_char_p, (c_void_p,)),
        ("t30_get_transfer_statistics", None, (c_void_p, POINTER(_Statistics))),
        ("t30_set_tx_ident", c_int, (c_void_p, c_char_p)),
        ("t30_set_tx_page_header_info", c_int, (c_void_p, c_char_p)),
        ("t30_set_tx_file", None, (c_void_p, c_char_p, c_int, c_int)),
        ("t30_set_rx_file", None, (c_void_p, c_char_p, c_int)),
        ("t30_set_rx_encoding", c_int, (c_void_p, c_int)),
        ("t30_set_ecm_capability", c_int, (c_void_p, c_int)),
        ("t30_set_supported_modems", c_int, (c_void_p, c_int)),
        ("t30_set_supported_compressions", c_int, (c_void_p, c_int)),
        ("t30_set_supported_resolutions", c_int, (c_void_p, c_int)),
        ("t30_set_supported_image_sizes", c_int, (c_void_p, c_int)),
        ("t30_set_phase_d_handler", None, (c_void_p, _PhaseHandler, c_void_p)),
        ("t30_set_phase_e_handler", None, (c_void_p, _EndHandler, c_void_p)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class FaxTerminal:
    """One side of a fax call. `on_page` hears of every page as soon as it has crossed the line.

    The calling side is the one that sends, which is how all but polled faxes go.
    """

    def __init__(self, task: FaxTask, on_page: Callable[[FaxPage], None] = lambda _: None) -> None:
        """Raises MissingPartError without the library, MemoryError, OSError for no such file."""
        self._task = task
        self._on_page = on_page
        self._pages: list[FaxPage] = []
        self._result: FaxResult | None = None
        self._all_there = False  # nothing is left to be said but good-bye
        self._last = b""  # the last 20 ms that were heard
        self._library = load()
        sends = task.direction is Direction.SEND
        self._fax = self._library.fax_init(None, int(sends))
        if not self._fax:
            raise MemoryError("no memory for a fax terminal")
        self._t30 = self._library.fax_get_t30_state(self._fax)
        self._handlers = (_PhaseHandler(self._page_over), _EndHandler(self._call_over))
        self._configure(task)

    @property
    def result(self) -> FaxResult | None:
        """How the session ended, None while it goes on."""
        return self._result

    def exchange(self, heard: bytes, samples: int) -> bytes:
        """Take audio that was heard, give the next `samples` to be sent."""
        self.hear(heard)
        return self.speak(samples)

    def hear(self, pcm: bytes) -> None:
        """Audio from the other side, any whole number of samples."""
        self._last = (self._last + pcm)[-_FRAME:]
        samples = (c_int16 * (len(pcm) // 2)).from_buffer_copy(pcm)
        self._library.fax_rx(self._fax, samples, len(samples))

    def miss(self, samples: int) -> None:
        """So much audio from the other side was lost: whatever was going on is taken to go on.

        A little is repeated, which keeps a modem's equalizer and carrier in step (20 ms hold a
        whole number of symbols and of carrier cycles of all fax modems); silence would end it.
        """
        repeated = min(samples, _MOST_REPEATED) // (_FRAME // 2) if self._last else 0
        for _ in range(repeated):
            self.hear(self._last)
        if rest := samples - repeated * len(self._last) // 2:
            self._library.fax_rx_fillin(self._fax, rest)

    def speak(self, samples: int) -> bytes:
        """The next audio for the other side: exactly as many samples."""
        buffer = (c_int16 * samples)()
        self._library.fax_tx(self._fax, buffer, samples)
        return bytes(buffer)

    def hang_up(self) -> FaxResult:
        """The call is over, wherever the session stood."""
        if self._result is None:
            self._library.t30_terminate(self._t30)
        if self._result is None:
            self._result = self._ended(_DROPPED_CODE, _DROPPED)
        return self._result

    def close(self) -> None:
        """Give the library's memory back, and with it close the files."""
        if self._fax:
            self._library.fax_free(self._fax)
            self._fax = None

    def _configure(self, task: FaxTask) -> None:
        library, t30 = self._library, self._t30
        modems = sum(bit for rate, bit in _MODEMS if rate <= task.fastest)
        if not modems:
            raise ValueError(f"no fax modem is as slow as {task.fastest} bits per second")
        library.fax_set_transmit_on_idle(self._fax, 1)
        library.t30_set_tx_ident(t30, _ascii(task.ident, _LONGEST_IDENT))
        library.t30_set_ecm_capability(t30, int(task.ecm))
        library.t30_set_supported_modems(t30, modems)
        more = _COMPRESSION_ECM if task.ecm else 0
        library.t30_set_supported_compressions(t30, _COMPRESSIONS | more)
        library.t30_set_supported_resolutions(t30, _RESOLUTIONS)
        library.t30_set_supported_image_sizes(t30, _SIZES)
        library.t30_set_phase_d_handler(t30, self._handlers[0], None)
        library.t30_set_phase_e_handler(t30, self._handlers[1], None)
        file = os.fsencode(task.file)
        if task.direction is Direction.SEND:
            library.t30_set_tx_page_header_info(t30, _ascii(task.header, _LONGEST_HEADER))
            library.t30_set_tx_file(t30, file, task.first_page, -1)
        else:
            library.t30_set_rx_encoding(t30, _T6)
            library.t30_set_rx_file(t30, file, -1)

    def _page_over(self, _t30: Any, _data: Any, event: int) -> int:
        self._count()
        self._all_there = event in _LAST_PAGE
        return _OK

    def _call_over(self, _t30: Any, _data: Any, code: int) -> None:
        self._count()
        text = self._library.t30_completion_code_to_str(code) or b"unknown"
        self._result = self._ended(code, text.decode("ascii", "replace"))

    def _ended(self, code: int, text: str) -> FaxResult:
        if self._all_there and code == _DROPPED_CODE:
            code, text = _OK, "OK"  # many machines hang up without a word
        now = self._statistics()
        return FaxResult(
            code,
            text,
            _shown(self._library.t30_get_rx_ident(self._t30)),
            now.bit_rate,
            bool(now.error_correcting_mode),
            tuple(self._pages),
        )

    def _count(self) -> None:
        now = self._statistics()
        done = now.pages_tx if self._task.direction is Direction.SEND else now.pages_rx
        if done <= len(self._pages):
            return
        page = FaxPage(now.width, now.length, now.x_resolution, now.y_resolution, now.bad_rows)
        self._pages.append(page)
        self._on_page(page)

    def _statistics(self) -> _Statistics:
        now = _Statistics()
        self._library.t30_get_transfer_statistics(self._t30, byref(now))
        return now


def _ascii(text: str, limit: int) -> bytes:
    """As much of `text` as a fax can show."""
    return text.encode("ascii", "replace").replace(b"\0", b"?")[:limit]


def _shown(ident: bytes | None) -> str:
    """What the other side calls itself: printable characters of it."""
    text = (ident or b"").decode("ascii", "replace").strip()
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST_IDENT]
