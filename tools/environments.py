"""Build the project's Python environments from their lock files; quick when they are up to date.

    tools/python tools/environments.py agent|dev|rasa|actions|peers|coqui|tools ...

Needs nothing but Python 3.11 or newer. A tiny environment (.venv-tools) gets uv, whose version and
hash are locked as well; uv builds the others. Each environment ends with a stamp that names the
lock files it was built from. An environment whose installation broke off is built anew.
Settings of the user for uv (UV_*) and pip (PIP_*, pip.conf) count.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
TOOLS = ROOT / ".venv-tools"
UV = TOOLS / "bin" / "uv"


class SetupError(Exception):
    """An environment cannot be built; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment: its folder, lock files, and whether the project itself is installed in it.

    `python` is a version when only that one will do; uv looks for it and gets it if need be.
    `first` names requirements that pip installs before, by the user's settings for pip: what is
    built differently for different machines, and so is not in the lock file.
    """

    name: str
    folder: Path
    locks: tuple[str, ...]
    project: bool = False
    python: str | None = None
    first: str | None = None

    @property
    def stamp(self) -> Path:
        """Written last; its content is `fingerprint`."""
        return self.folder / f".built-{self.name}"

    @property
    def broken(self) -> Path:
        """Exists while an installation runs, and after one that broke off."""
        return self.folder / ".incomplete"

    @property
    def executable(self) -> Path:
        """Its Python."""
        return self.folder / "bin" / "python"

    def fingerprint(self) -> str:
        """A hash over everything that the environment is made from."""
        digest = hashlib.sha256()
        files = [REQUIREMENTS / lock for lock in (*self.locks, *filter(None, [self.first]))]
        if self.project:
            files.append(REQUIREMENTS / "agent.in")
            digest.update(project_description().encode())
        for file in files:
            if not file.is_file():
                raise SetupError(f"{file.relative_to(ROOT)} is missing: is the checkout complete?")
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def current(self) -> bool:
        """Built from what the lock files say now, and not moved since."""
        return (
            self.stamp.is_file()
            and not self.broken.exists()
            and self.stamp.read_text(encoding="utf-8") == f"{self.folder} {self.fingerprint()}"
            and self.executable.exists()
        )


def project_description() -> str:
    """What the installed project depends on in pyproject.toml; settings of ruff and such do not."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [data["build-system"], data["project"], data["tool"]["setuptools"]]
    return json.dumps(parts, sort_keys=True)


AGENT = Environment("agent", ROOT / ".venv", ("agent.txt",), project=True)
DEV = Environment("dev", ROOT / ".venv", ("agent.txt", "dev.txt"), project=True)
ENVIRONMENTS = {
    "agent": AGENT,
    "dev": DEV,
    # Rasa 3.6 has no release for a newer Python.
    "rasa": Environment("rasa", ROOT / ".venv-rasa", ("rasa.txt",), python="3.11"),
    "actions": Environment("actions", ROOT / ".venv-actions", ("actions.txt",), python="3.11"),
    # What the benchmarks compare with. The lock file is made for the version the others run on.
    "peers": Environment("peers", ROOT / ".venv-peers", ("peers.txt",), python="3.11"),
    # Coqui's voices: torch and what comes with it.
    "coqui": Environment(
        "coqui", ROOT / ".venv-coqui", ("coqui.txt",), python="3.11", first="coqui-torch.txt"
    ),
}


def build(environment: Environment) -> None:
    """Bring one environment up to date.

    Raises:
        SetupError: it cannot be built.
    """
    if environment is AGENT and DEV.stamp.exists():
        environment = DEV  # The tests' packages stay where they are once installed.
    if environment.current():
        return
    started = time.monotonic()
    where = environment.folder.name
    print(f"> {environment.name} environment ({where})", flush=True)
    bootstrap()
    if environment.broken.exists() or not works(environment.executable):
        wanted = environment.python or sys.executable
        uv(["venv", "--quiet", "--clear", "--python", wanted, str(environment.folder)])
    for stamp in environment.folder.glob(".built-*"):
        stamp.unlink()
    environment.broken.touch()
    install(environment)
    environment.stamp.write_text(
        f"{environment.folder} {environment.fingerprint()}", encoding="utf-8"
    )
    environment.broken.unlink()
    print(
        f"  {environment.name} environment: done in {time.monotonic() - started:.1f} s", flush=True
    )


def install(environment: Environment) -> None:
    """Install the packages of its lock files, and nothing else, into an environment.

    Raises:
        SetupError: it fails.
    """
    python = ["--python", str(environment.executable)]
    locks = ["--require-hashes"]
    for lock in environment.locks:
        locks += ["-r", str(REQUIREMENTS / lock)]
    if environment.first:
        pip = [str(TOOLS / "bin" / "python"), "-m", "pip", *python, "install", "--quiet"]
        before = str(REQUIREMENTS / environment.first)
        # As uv does it: bytecode of what is used, when it is used first.
        run([*pip, "--no-compile", "--disable-pip-version-check", "-r", before], os.environ)
        # `sync` would remove it again.
        uv(["pip", "install", "--quiet", *python, "--no-deps", *locks])
    else:
        uv(["pip", "sync", *python, *(lock for lock in locks if lock != "-r")])
    if environment.project:
        # Without isolation: the build tool is the locked one in the environment.
        isolated = ["--no-deps", "--no-build-isolation"]
        uv(["pip", "install", "--quiet", *python, *isolated, "-e", str(ROOT)])


def bootstrap() -> None:
    """Have uv in .venv-tools, in the locked version.

    Raises:
        SetupError: there is no way to get it.
    """
    tools = Environment("tools", TOOLS, ("uv.txt",))
    if tools.current() and UV.exists():
        return
    pip = make_tools_environment(tools)
    flags = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--quiet"]
    lock = REQUIREMENTS / "uv.txt"
    run([*pip, "install", "--disable-pip-version-check", *flags, "-r", str(lock)], os.environ)
    tools.stamp.write_text(f"{tools.folder} {tools.fingerprint()}", encoding="utf-8")


def make_tools_environment(tools: Environment) -> list[str]:
    """Make .venv-tools; returns the command that is its pip."""
    if importlib.util.find_spec("ensurepip") is None and importlib.util.find_spec("pip"):
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(TOOLS)], os.environ)
        return [sys.executable, "-m", "pip", "--python", str(tools.executable)]
    if importlib.util.find_spec("ensurepip") is None:
        install_ensurepip()
    run([sys.executable, "-m", "venv", "--clear", str(TOOLS)], os.environ)
    return [str(tools.executable), "-m", "pip"]


def install_ensurepip() -> None:
    """Debian keeps a part of Python's `venv` in a package of its own: install it when root.

    Raises:
        SetupError: not root, or no Debian.
    """
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if shutil.which("apt-get") is None:
        raise SetupError(f"{sys.executable} lacks the module ensurepip: install a complete Python")
    if os.geteuid() != 0:
        raise SetupError(f"a package is missing; run: sudo apt-get install {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], environment)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], environment)


def uv(arguments: Sequence[str]) -> None:
    """Run uv with the user's settings.

    Raises:
        SetupError: it fails; it has said why.
    """
    command, environment = [str(UV), *arguments], {**index_settings(), **os.environ}
    if sys.stderr.isatty():
        run(command, environment)
        return
    # No terminal: no moving bars, and not a line for each of some hundred packages.
    environment["UV_NO_PROGRESS"] = "1"
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            if not line.startswith((" + ", " - ", " ~ ")):
                print(f"  {line}", end="", flush=True)
    if process.returncode:
        raise SetupError(f"this failed with status {process.returncode}: {' '.join(command)}")


def index_settings() -> dict[str, str]:
    """What pip is told about the package index, in uv's words: uv does not read pip's settings."""
    command = [str(TOOLS / "bin" / "python"), "-m", "pip", "config", "list", "--format=json"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:  # an older pip has no --format
        command.remove("--format=json")
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    settings = parse_pip_config(told.stdout)
    words = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    return {word: settings[key] for key, word in words.items() if key in settings}


def parse_pip_config(text: str) -> dict[str, str]:
    """`pip config list` as a dictionary; sections (global, install, :env:) fall away."""
    found: dict[str, str] = {}
    if text.lstrip().startswith("{"):
        pairs = list(json.loads(text).items())
    else:
        pairs = [line.split("=", 1) for line in text.splitlines() if "=" in line]
    for key, value in pairs:
        found[key.rpartition(".")[2]] = str(value).strip("'\"")
    return found


def works(python: Path) -> bool:
    """Whether an environment's Python runs at all (its base may have been removed)."""
    if not python.exists():
        return False
    return subprocess.run([str(python), "-c", ""], capture_output=True, check=False).returncode == 0


def run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a command whose output the user sees.

    Raises:
        SetupError: it fails.
    """
    done = subprocess.run(command, env=dict(environment), check=False)
    if done.returncode:
        raise SetupError(f"this failed with status {done.returncode}: {' '.join(command)}")


def main(names: Sequence[str]) -> int:
    """Build the named environments; returns the exit status."""
    unknown = [name for name in names if name not in ENVIRONMENTS and name != "tools"]
    if not names or unknown:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        # Two `make` at once: the second waits here, then finds everything built.
        with (ROOT / ".venv-lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name in names:
                if name == "tools":
                    bootstrap()
                else:
                    build(ENVIRONMENTS[name])
    except SetupError as error:
        print(f"set-up stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; run the same command again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
