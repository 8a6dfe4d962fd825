"""The settings of all parts of the gateway: the table `[gateway]` of the settings of the agent.

In the environment they begin with VOICEBOT_GATEWAY__: `VOICEBOT_GATEWAY__SPEECH__VOICE=espeak:de`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from gateway.fax.settings import FaxSettings
from gateway.jobs.settings import JobSettings
from gateway.mail.settings import MailSettings
from gateway.outcall.settings import OutcallSettings
from gateway.pages.settings import PageSettings
from gateway.rest.settings import RestSettings
from gateway.sms.settings import SmsSettings
from gateway.speech.settings import SpeechSettings
from gateway.transcripts.settings import TranscriptSettings


class GatewaySettings(BaseModel):
    """What each part has settled; one field for each part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    speech: SpeechSettings = SpeechSettings()
    transcripts: TranscriptSettings = TranscriptSettings()
    pages: PageSettings = PageSettings()
    mail: MailSettings = MailSettings()
    fax: FaxSettings = FaxSettings()
    sms: SmsSettings = SmsSettings()
    outcall: OutcallSettings = OutcallSettings()
    jobs: JobSettings = JobSettings()
    rest: RestSettings = RestSettings()

    def at(self, models_dir: Path, data_dir: Path) -> Self:
        """The same with the agent's folders for models and data, where no others are set."""
        places: dict[str, dict[str, Path]] = {
            "speech": {"models_dir": models_dir},
            "transcripts": {"models_dir": models_dir},
            "sms": {"folder": data_dir / "gateway" / "sms"},
        }
        return self.model_copy(
            update={
                part: _with_defaults(getattr(self, part), folders)
                for part, folders in places.items()
            }
        )


def _with_defaults(settings: BaseModel, defaults: dict[str, Path]) -> BaseModel:
    unset = {key: value for key, value in defaults.items() if key not in settings.model_fields_set}
    return settings.model_copy(update=unset)
