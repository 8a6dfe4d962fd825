"""The manifest of model files: what each is, its hash, and where it may come from.

The format is described at the top of `models/manifest.toml`. Reading is strict: an unknown key, a
hash that is none, or a name that would leave the model's folder is an error, not a surprise later.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHA256 = re.compile(r"[0-9a-f]{64}")
REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*")
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ManifestError(ValueError):
    """The manifest cannot be used; the message names the entry and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A file that lies at an address."""

    url: str

    def __str__(self) -> str:
        """The source as a person would name it."""
        return self.url


@dataclass(frozen=True, slots=True)
class WheelMember:
    """One member of a wheel: `requirement` is `name==version`, `member` its path in the archive."""

    requirement: str
    member: str


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A file inside a wheel, or the parts of one inside several, joined in this order."""

    members: tuple[WheelMember, ...]

    def __str__(self) -> str:
        """The source as a person would name it."""
        return "package " + " + ".join(part.requirement for part in self.members)


Source = UrlSource | WheelSource


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: `size` in bytes, `sha256` in lower-case hex."""

    name: str
    size: int
    sha256: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model: one or more files that belong together in one folder."""

    name: str
    about: str
    licence: str
    default: bool
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All models that the project knows."""

    models: Mapping[str, Model]

    def model(self, name: str) -> Model:
        """The model of that name.

        Raises:
            ManifestError: there is none; the message lists those there are.
        """
        try:
            return self.models[name]
        except KeyError:
            known = ", ".join(sorted(self.models))
            raise ManifestError(f"no model is called {name!r}; the manifest has: {known}") from None

    def defaults(self) -> list[str]:
        """Names of the models that a fresh installation needs."""
        return [model.name for model in self.models.values() if model.default]


def load_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        ManifestError: the file is missing, is not TOML, or has a wrong entry.
    """
    try:
        with path.open("rb") as stream:
            data = tomllib.load(stream)
    except FileNotFoundError:
        raise ManifestError(f"there is no model manifest at {path}") from None
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{path} is not valid TOML: {error}") from error
    return parse_manifest(data)


def parse_manifest(data: Mapping[str, Any]) -> Manifest:
    """Turn the manifest's TOML tables into a `Manifest`.

    Raises:
        ManifestError: an entry is wrong.
    """
    _keys(data, {"models"}, "the manifest")
    return Manifest({name: _model(name, table) for name, table in data["models"].items()})


def _model(name: str, table: Mapping[str, Any]) -> Model:
    where = f"model {name!r}"
    _keys(table, {"about", "licence", "default", "files"}, where)
    _plain(name, where)
    files = tuple(_file(entry, where) for entry in table["files"])
    if not files:
        raise ManifestError(f"{where} has no files")
    if len({file.name for file in files}) != len(files):
        raise ManifestError(f"{where} names a file twice")
    return Model(name, str(table["about"]), str(table["licence"]), bool(table["default"]), files)


def _file(table: Mapping[str, Any], where: str) -> ModelFile:
    _keys(table, {"name", "size", "sha256", "sources"}, f"a file of {where}")
    name, size, sha256 = table["name"], table["size"], table["sha256"]
    where = f"{where}, file {name!r}"
    _plain(name, where)
    if not isinstance(size, int) or size <= 0:
        raise ManifestError(f"{where}: size must be a positive number of bytes, not {size!r}")
    if not SHA256.fullmatch(str(sha256)):
        raise ManifestError(f"{where}: sha256 must be 64 lower-case hex digits, not {sha256!r}")
    sources = tuple(_source(entry, where) for entry in table["sources"])
    if not sources:
        raise ManifestError(f"{where} has no source")
    return ModelFile(name, size, sha256, sources)


def _source(table: Mapping[str, Any], where: str) -> Source:
    if "url" in table:
        _keys(table, {"url"}, f"a source of {where}")
        return UrlSource(str(table["url"]))
    if "join" in table:
        _keys(table, {"join"}, f"a source of {where}")
        return WheelSource(tuple(_member(entry, where) for entry in table["join"]))
    return WheelSource((_member(table, where),))


def _member(table: Mapping[str, Any], where: str) -> WheelMember:
    _keys(table, {"wheel", "member"}, f"a source of {where}")
    requirement = str(table["wheel"])
    if not REQUIREMENT.fullmatch(requirement):
        raise ManifestError(f"{where}: wheel must be 'name==version', not {requirement!r}")
    return WheelMember(requirement, str(table["member"]))


def _keys(table: Mapping[str, Any], wanted: set[str], where: str) -> None:
    if missing := wanted - table.keys():
        raise ManifestError(f"{where} lacks {', '.join(sorted(missing))}")
    if unknown := table.keys() - wanted:
        raise ManifestError(f"{where} has an unknown key: {', '.join(sorted(unknown))}")


def _plain(name: str, where: str) -> None:
    if not PLAIN_NAME.fullmatch(name):
        raise ManifestError(f"{where}: a name is letters, digits, '.', '_' and '-' only")
