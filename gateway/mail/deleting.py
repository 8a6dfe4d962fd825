"""A mail that was heard by telephone and is to be deleted goes from the mailbox it came from."""

from __future__ import annotations

import ssl

from imapclient import IMAPClient

from gateway.errors import UnavailableError
from gateway.mail.imap import BROKEN, connected, move, place_of, remove
from gateway.mail.settings import MailboxSettings


class Deleting:
    """Deletes messages of a mailbox (or moves them to `deleted_folder`). Blocking; repeatable."""

    def __init__(self, settings: MailboxSettings, *, context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._context = context

    def __call__(self, key: str, message_id: str) -> bool:
        """Delete the message that came under `key`; False: it is not there (any more).

        One that was moved when it was accepted is found by its Message-ID, if only one has it.

        Raises:
            RefusedError: the mailbox does not let us in.
            UnavailableError: it can't be reached.
        """
        place = place_of(key, self._settings)
        if place is None or not self._settings.host:
            return False
        try:
            with connected(self._settings, self._context) as client:
                return self._delete(client, *place, message_id)
        except BROKEN as error:
            raise UnavailableError(f"the mailbox can't be reached: {error}") from error

    def _delete(self, client: IMAPClient, validity: int, uid: int, message_id: str) -> bool:
        selected = client.select_folder(self._settings.folder)
        if int(selected[b"UIDVALIDITY"]) == validity and client.fetch([uid], ["FLAGS"]):
            self._away(client, uid)
            return True
        accepted = self._settings.accepted_folder
        if not (accepted and message_id and client.folder_exists(accepted)):
            return False
        client.select_folder(accepted)
        found = client.search(["UNDELETED", "HEADER", "Message-ID", message_id])
        if len(found) != 1:
            return False
        self._away(client, found[0])
        return True

    def _away(self, client: IMAPClient, uid: int) -> None:
        if self._settings.deleted_folder:
            move(client, uid, self._settings.deleted_folder)
        else:
            remove(client, uid)
