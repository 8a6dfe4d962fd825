"""Keys and certificates for the tests, made by openssl."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest


def _openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return subprocess.run(
        ["openssl", *arguments], input=stdin, capture_output=True, check=True, timeout=60
    ).stdout


def signing_key() -> tuple[bytes, bytes]:
    """A private key (PEM), and the record that the DNS has about it."""
    private = _openssl("genrsa", "-traditional", "1024")
    public = _openssl("rsa", "-pubout", "-outform", "DER", stdin=private)
    return private, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def certificate(folder: Path, host: str = "localhost") -> tuple[Path, Path]:
    """A certificate that has signed itself, and its key."""
    pem, key = folder / "cert.pem", folder / "key.pem"
    names = f"subjectAltName=DNS:{host},IP:127.0.0.1"
    new = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj".split()
    _openssl(*new, f"/CN={host}", "-addext", names, "-out", str(pem), "-keyout", str(key))
    return pem, key
