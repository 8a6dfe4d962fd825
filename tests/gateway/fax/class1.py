"""A class 1 fax modem (ITU-T T.31) on a pseudo-terminal, for the independent fax program `efax`.

The modem's time is that of its samples. It is real time while the program has to say what comes
next (which it does with a delay that T.30 wants), and else several times faster.
"""

from __future__ import annotations

import ctypes
import os
import pty
import select
import subprocess
import time
import tty
from collections.abc import Sequence
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int16, c_size_t, c_void_p
from pathlib import Path

from gateway.fax.spandsp import LIBRARY

_CALL, _ANSWER, _CLEAR_TO_SEND = 0, 1, 7  # AT_MODEM_CONTROL_...
_CONNECTED, _ANSWERED = 2, 3  # AT_CALL_EVENT_...
_TURNS = (b"OK\r\n", b"CONNECT\r\n", b"NO CARRIER\r\n", b"ERROR\r\n")
"""Answers after which the program has to say what comes next, unless it wants to hear."""
_HEARS = (b"+FRM=", b"+FRH=", b"ATA", b"ATD")
_REAL, _SENDING, _FAST = 0.02, 0.008, 0.002
"""Seconds of real time for 20 ms of the line. A page must take efax a second at least: it divides
by the whole seconds that it took."""

_AtSend = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(ctypes.c_uint8), c_size_t)
_Control = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_void_p)


class Class1Modem:
    """The modem, with efax at its terminal. Speaks and hears as fax terminals do."""

    def __init__(self, arguments: Sequence[str], folder: Path) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        self._bind()
        self._handlers = (_AtSend(self._to_program), _Control(self._control))
        self._line, program = pty.openpty()
        tty.setraw(program)
        os.set_blocking(self._line, False)
        self._modem = self._library.t31_init(
            None, self._handlers[0], None, self._handlers[1], None, None, None
        )
        self._library.t31_set_transmit_on_idle(self._modem, 1)
        self.log = folder / "efax.log"
        with self.log.open("wb") as log:
            self._efax = subprocess.Popen(
                ["efax", "-o1", "-vewinchmart", "-d", os.ttyname(program), *arguments],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=folder,
            )
        os.close(program)
        self._turn = True  # is it the program's?
        self._hears = False
        self._off_hook = False
        self._sends = False
        self._full = False  # the modem's buffer
        self._last = b""

    @property
    def status(self) -> int | None:
        """The program's exit status, None while it runs."""
        return self._efax.poll()

    @property
    def off_hook(self) -> bool:
        """Has it called, or answered?"""
        return self._off_hook

    def exchange(self, heard: bytes, samples: int) -> bytes:
        """Take audio that was heard, give the next `samples` to be sent."""
        pace = _SENDING if self._sends else _FAST
        self._serve(_REAL if self._turn else pace)
        audio = (c_int16 * (len(heard) // 2)).from_buffer_copy(heard)
        self._library.t31_rx(self._modem, audio, len(audio))
        out = (c_int16 * samples)()
        self._library.t31_tx(self._modem, out, samples)
        return bytes(out)

    def wait_for_call(self, seconds: float = 10.0) -> None:
        """Until the program has called or answered."""
        until = time.monotonic() + seconds
        while not self._off_hook:
            assert time.monotonic() < until, self.log.read_text(errors="replace")
            self._serve(_REAL)

    def finish(self, seconds: float = 10.0) -> int:
        """The program's exit status, once it has said good-bye to its modem."""
        until = time.monotonic() + seconds
        while self.status is None and time.monotonic() < until:
            self._serve(0.02)
        self.close()
        return self._efax.wait()

    def close(self) -> None:
        if self._efax.poll() is None:
            self._efax.kill()
            self._efax.wait()
        if self._line >= 0:
            os.close(self._line)
            self._line = -1

    def _serve(self, seconds: float) -> None:
        """Let the program say something, for so long."""
        if self._full:
            time.sleep(seconds)
            return
        ready, _, _ = select.select([self._line], [], [], seconds)
        if not ready:
            return
        try:
            said = os.read(self._line, 1024)
        except OSError:  # it has closed its side
            time.sleep(0.001)
            return
        self._turn = False
        if said.startswith(b"AT") and said.endswith(b"\r"):
            self._sends = b"+FTM=" in said
            self._hears = any(command in said for command in _HEARS)
        self._library.t31_at_rx(self._modem, said, len(said))

    def _to_program(self, _modem: int, _data: int, text: object, length: int) -> int:
        said = ctypes.string_at(text, length)  # type: ignore[arg-type]
        self._last = (self._last + said)[-32:]
        if self._last.endswith(_TURNS):
            self._turn = not (self._hears and self._last.endswith(b"CONNECT\r\n"))
        view = memoryview(said)
        while view and self._line >= 0:
            try:
                view = view[os.write(self._line, view) :]
            except BlockingIOError:
                select.select([], [self._line], [], 1.0)
            except OSError:
                break
        return 0

    def _control(self, _modem: int, _data: int, operation: int, number: int | None) -> int:
        if operation in (_CALL, _ANSWER):
            self._off_hook = True
            event = _CONNECTED if operation == _CALL else _ANSWERED
            self._library.t31_call_event(self._modem, event)
        elif operation == _CLEAR_TO_SEND:
            self._full = not number  # a number it is here, in the place of a pointer
        return 0

    def _bind(self) -> None:
        for name, result, arguments in (
            ("t31_init", c_void_p, (c_void_p, _AtSend, c_void_p, _Control, *(c_void_p,) * 3)),
            ("t31_set_transmit_on_idle", None, (c_void_p, c_int)),
            ("t31_call_event", None, (c_void_p, c_int)),
            ("t31_at_rx", c_int, (c_void_p, c_char_p, c_int)),
            ("t31_rx", c_int, (c_void_p, POINTER(c_int16), c_int)),
            ("t31_tx", c_int, (c_void_p, POINTER(c_int16), c_int)),
        ):
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
