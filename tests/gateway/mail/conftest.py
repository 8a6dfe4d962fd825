"""A real mailbox: dovecot as a child process, with its own configuration, on free ports."""

from __future__ import annotations

import contextlib
import getpass
import grp
import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from voicebot.server.ports import free_port

PASSWORD = "open-sesame"
_NEEDED = ("/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/lmtp")

_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
mail_location = maildir:~/mail
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
postmaster_address = postmaster@example.org
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/homes/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """Every user has a mailbox with `PASSWORD`; it is made when the first mail comes."""

    imap: int
    lmtp: int
    log: Path

    @contextlib.contextmanager
    def open(self, user: str) -> Iterator[imaplib.IMAP4]:
        """A mailbox, logged in, with the inbox selected."""
        client = imaplib.IMAP4("127.0.0.1", self.imap, timeout=20)
        try:
            client.login(user, PASSWORD)
            client.select()
            yield client
        finally:
            client.logout()

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """All mails in a folder."""
        with self.open(user) as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            numbers = client.search(None, "ALL")[1][0].split()
            return [client.fetch(number, "(RFC822)")[1][0][1] for number in numbers]

    def put(self, user: str, mail: bytes) -> None:
        """A mail arrives."""
        with self.open(user) as client:
            status, told = client.append("INBOX", "", "", mail)
            assert status == "OK", told


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    if not all(Path(path).exists() for path in _NEEDED):
        pytest.skip("dovecot is not installed: make system")
    folder = Path(tempfile.mkdtemp(prefix="voicebot-dovecot-"))
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()  # it keeps no mail of root
    entry = pwd.getpwnam(user)
    (folder / "homes").mkdir()
    imap, lmtp = free_port(), free_port()
    configuration = folder / "dovecot.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            folder=folder,
            user=user,
            group=grp.getgrgid(entry.pw_gid).gr_name,
            password=PASSWORD,
            imap=imap,
            lmtp=lmtp,
        )
    )
    if os.geteuid() == 0:
        for path in (folder, folder / "homes", configuration):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    process = subprocess.Popen(
        [_NEEDED[0], "-F", "-c", str(configuration)],
        user=user if os.geteuid() == 0 else None,
        group=entry.pw_gid if os.geteuid() == 0 else None,
        extra_groups=[] if os.geteuid() == 0 else None,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    running = Dovecot(imap, lmtp, folder / "log")
    try:
        _wait_for(running, process)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(running: Dovecot, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        try:
            with running.open("first"):
                return
        except (OSError, imaplib.IMAP4.error):
            log = running.log.read_text() if running.log.exists() else ""
            assert time.monotonic() < deadline, log[-3000:]
            time.sleep(0.05)
