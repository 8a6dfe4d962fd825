"""Receives a file over HTTP: to disk as it comes, never into memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.errors import RefusedError

MOST_FIELDS: Final = 32
MOST_FIELD_BYTES: Final = 16 * 1024  # of all fields together, names and values
_BLOCK: Final = 1 << 20  # bytes that are written at once


class TooLargeError(RefusedError):
    """The file is larger than the gateway takes."""


class StalledError(RefusedError):
    """The upload stood still, or took too long."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of `size` bytes, as its sender calls it, and the other fields of the form."""

    size: int
    name: str
    media_type: str
    fields: Mapping[str, str] = field(default_factory=dict)


def boundary_of(content_type: str) -> bytes:
    """The boundary of multipart/form-data; b'' when it is something else."""
    kind, options = parse_options_header(content_type)
    return options.get(b"boundary", b"") if kind == b"multipart/form-data" else b""


async def receive_form(
    stream: AsyncIterator[bytes],
    boundary: bytes,
    path: Path,
    *,
    most: int,
    seconds: float,
    pause: float,
) -> Upload:
    """Read a form with one file, which goes to `path`.

    `most` is in bytes; it may take `seconds`, and stand still for `pause` seconds.

    Raises:
        RefusedError: it is no such form.
        TooLargeError: the file is larger than `most`.
        StalledError: it took too long.
        OSError: the disk is full.
    """
    if not 0 < len(boundary) <= 256:
        raise RefusedError("the form has no boundary")
    file = await asyncio.to_thread(path.open, "wb")
    try:
        form = _Form(boundary, file, most)
        async with asyncio.timeout(seconds):
            while (chunk := await asyncio.wait_for(anext(stream, None), pause)) is not None:
                form.feed(chunk)
                if form.pending >= _BLOCK:
                    await asyncio.to_thread(form.flush)
        form.end()
        await asyncio.to_thread(form.flush)
    except TimeoutError as error:
        raise StalledError("the upload took too long") from error
    finally:
        await asyncio.to_thread(file.close)
    return form.upload()


class _Form:
    """The parts of a form as they come; without I/O until `flush`."""

    def __init__(self, boundary: bytes, file: BinaryIO, most: int) -> None:
        self._file = file
        self._most = most
        self._blocks: list[bytes] = []
        self._fields: dict[str, str] = {}
        self._field_bytes = 0
        self._headers: dict[bytes, bytes] = {}
        self._header_name = self._header_value = b""
        self._name = ""
        self._value = bytearray()
        self._in_file = False
        self._files = 0
        self._size = 0
        self._file_name = self._file_type = ""
        self._complete = False
        self.pending = 0
        """Bytes that wait for `flush`."""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_field,
                "on_header_value": self._header_text,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._part_data,
                "on_part_end": self._part_ends,
                "on_end": self._form_ends,
            },
        )

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise RefusedError("the form is damaged") from error

    def flush(self) -> None:
        blocks, self._blocks, self.pending = self._blocks, [], 0
        for block in blocks:
            self._file.write(block)

    def end(self) -> None:
        if not self._complete:
            raise RefusedError("the upload broke off")
        if not self._files:
            raise RefusedError("the form has no field `file` with a file in it")

    def upload(self) -> Upload:
        return Upload(self._size, self._file_name, self._file_type, self._fields)

    # ── what the parser says ──────────────────────────────────────────────────────────────────

    def _part_begins(self) -> None:
        self._headers = {}
        self._value = bytearray()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _header_text(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_ends(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode(errors="replace")
        self._in_file = b"filename" in options
        if not self._name:
            raise RefusedError("a field of the form has no name")
        if self._in_file:
            self._files += 1
            if self._files > 1 or self._name != "file":
                raise RefusedError("the form may hold one file, in the field `file`")
            self._file_name = options[b"filename"].decode(errors="replace")
            self._file_type = self._headers.get(b"content-type", b"").decode("latin-1")
        elif len(self._fields) >= MOST_FIELDS:
            raise RefusedError(f"the form has more than {MOST_FIELDS} fields")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._size += end - start
            if self._size > self._most:
                raise TooLargeError(f"a file may have {self._most >> 20} MB at most")
            self._blocks.append(data[start:end])
            self.pending += end - start
            return
        self._field_bytes += end - start
        if self._field_bytes > MOST_FIELD_BYTES:
            raise TooLargeError(f"the fields may have {MOST_FIELD_BYTES >> 10} KB at most")
        self._value += data[start:end]

    def _part_ends(self) -> None:
        if not self._in_file:
            self._fields[self._name] = self._value.decode(errors="replace")

    def _form_ends(self) -> None:
        self._complete = True
