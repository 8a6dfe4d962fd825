"""Everything that is kept of one call: its record, its recording, its journal.

Nothing here may end a call: what the disk refuses is noted once and the call goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog

from voicebot.conversation import commands as do
from voicebot.conversation.events import CallStarted, RecordingLost
from voicebot.conversation.journal import Step
from voicebot.conversation.policy import Policy
from voicebot.server.journal import JournalFile
from voicebot.store.folders import call_folder
from voicebot.store.recording import Recorder, RecordingLostError
from voicebot.store.records import RecordingState, TransferResult
from voicebot.store.writer import RecordWriter

log = structlog.get_logger(__name__)


class CallArchive:
    """Keeps one call. All methods return at once; database writes follow in order."""

    def __init__(
        self,
        records: RecordWriter,
        data_dir: Path,
        started: CallStarted,
        policy: Policy,
        *,
        recording: bool,
        pause_for_digits: bool,
    ) -> None:
        self.started_at = datetime.now(UTC)
        self.on_lost: Callable[[RecordingLost], None] = lambda _: None
        self._records = records
        self._call_id = started.call_id
        self._pause_for_digits = pause_for_digits
        self._transfer = ""
        self._outcome = do.CloseRecord("failed", "the call broke off")
        self._recorder: Recorder | None = None
        self._journal: JournalFile | None = None
        records.open_call(
            started.call_id, started.network, started.caller, started.callee, self.started_at
        )
        folder = call_folder(data_dir, started.call_id, self.started_at)
        self._open_journal(folder / "journal.jsonl", policy)
        if recording:
            self._open_recorder(folder / "recording.wav", data_dir)

    # ── the record ────────────────────────────────────────────────────────────────────────────

    def turn(self, turn: do.RecordTurn) -> None:
        """Insert or update a line of the transcript."""
        self._records.save_turn(self._call_id, turn)

    def slots(self, command: do.UpdateDossier) -> None:
        """What the dialogue knows now."""
        self._records.update_slots(self._call_id, command.slots)

    def incident(self, what: str) -> None:
        """Something went wrong."""
        log.warning("incident", call=self._call_id, what=what)
        self._records.note_incident(self._call_id, datetime.now(UTC), what)

    def callback(self, command: do.StoreCallback) -> None:
        """The caller is to be called back."""
        self._records.add_callback(
            self._call_id, command.number, command.reason, command.topic, datetime.now(UTC)
        )

    def transfer_started(self, command: do.RingSeat) -> None:
        """A person is being looked for; what was tried before is over."""
        self.transfer_ended(None)
        self._transfer = self._records.start_transfer(
            self._call_id, datetime.now(UTC), command.reason, command.topic, command.skill
        )

    def transfer_answered(self, seat: str, name: str) -> None:
        """An expert took the call."""
        self._records.answer_transfer(self._transfer, datetime.now(UTC), seat, name)

    def transfer_ended(self, result: TransferResult | None) -> None:
        """Nobody took it (`result` says how), or the expert's part is over (None)."""
        if self._transfer:
            self._records.finish_transfer(self._transfer, datetime.now(UTC), result)
            self._transfer = ""

    def outcome(self, command: do.CloseRecord) -> None:
        """How the call ended; written by `close`."""
        self._outcome = command

    # ── the recording ─────────────────────────────────────────────────────────────────────────

    def caller_audio(self, pcm: bytes, at: float) -> None:
        """The left channel."""
        self._recorded(lambda recorder: recorder.caller(pcm, at))

    def bot_audio(self, pcm: bytes, at: float) -> None:
        """The right channel."""
        self._recorded(lambda recorder: recorder.bot(pcm, at))

    def bot_cut(self, at: float) -> None:
        """What was sent ahead of `at` (s since the call began) was cleared and never heard."""
        self._recorded(lambda recorder: recorder.cut(at))

    def pause(self, at: float) -> None:
        """The caller gives digits that must not be kept, from `at` on (s since the call began)."""
        if self._pause_for_digits:
            self._recorded(lambda recorder: recorder.pause(at))

    def resume(self, at: float) -> None:
        """The caller may be recorded again from `at` on."""
        self._recorded(lambda recorder: recorder.resume(at))

    def _open_recorder(self, path: Path, data_dir: Path) -> None:
        try:
            self._recorder = Recorder(path)
        except (OSError, RecordingLostError) as error:
            self._records.set_recording(self._call_id, RecordingState.LOST)
            self.incident(f"the recording could not be opened: {error}")
            return
        kept = path.relative_to(data_dir).as_posix()
        self._records.set_recording(self._call_id, RecordingState.RUNNING, kept)

    def _recorded(self, write: Callable[[Recorder], None]) -> None:
        if self._recorder is None:
            return
        try:
            write(self._recorder)
        except RecordingLostError as error:
            self._lost(str(error))

    def _lost(self, reason: str) -> None:
        self._records.set_recording(self._call_id, RecordingState.LOST)
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            self._close_recorder(recorder)
        self.on_lost(RecordingLost(reason))

    # ── the journal ───────────────────────────────────────────────────────────────────────────

    def step(self, step: Step, *, sensitive: bool) -> None:
        """One event and what followed."""
        if self._journal is None:
            return
        try:
            self._journal.append(step, sensitive=sensitive)
        except OSError as error:
            journal, self._journal = self._journal, None
            with suppress(OSError):  # it closes, but can't write what it still holds
                journal.close()
            self.incident(f"the journal was lost: {error.strerror or error}")

    def _open_journal(self, path: Path, policy: Policy) -> None:
        try:
            self._journal = JournalFile(path, policy)
        except OSError as error:
            self.incident(f"the journal could not be opened: {error.strerror or error}")

    # ── the end ───────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """The call is over: finish all three."""
        if self._journal is not None:
            try:
                self._journal.close()
            except OSError as error:
                self.incident(f"the journal was lost: {error.strerror or error}")
        if self._recorder is not None:
            whole = self._close_recorder(self._recorder)
            state = RecordingState.COMPLETE if whole else RecordingState.LOST
            self._records.set_recording(self._call_id, state)
        self.transfer_ended(None)
        outcome, reason = self._outcome.outcome, self._outcome.reason
        self._records.close_call(self._call_id, datetime.now(UTC), outcome, reason)

    def _close_recorder(self, recorder: Recorder) -> bool:
        try:
            recorder.close()
        except RecordingLostError as error:
            self.incident(f"the recording is not complete: {error}")
            return False
        return True
