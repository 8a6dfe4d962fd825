"""Start Rasa with this project on the path: `serve_rasa.py train|run|test|... [options]`.

skops is imported before TensorFlow (it saves many seconds), and no utterance reaches the logs.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("SANIC_HOST", "127.0.0.1")
os.environ.setdefault("VOICEBOT_ACTIONS_URL", "http://127.0.0.1:5055/webhook")
os.environ.setdefault("VOICEBOT_RASA_SECRET", "")
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join(
    part for part in (str(ROOT), os.environ.get("PYTHONPATH")) if part
)

import skops.io  # noqa: E402,F401


def _quiet_logs(*_: object) -> None:
    """Let structlog print event names only: no caller's words, slots or replies."""
    import logging

    import structlog
    from structlog.typing import EventDict

    shown = {"event", "level", "timestamp", "logger", "event_info"}

    def names_only(_: object, __: str, event: EventDict) -> EventDict:
        return {key: value for key, value in event.items() if key in shown}

    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.add_log_level,
            names_only,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(format="%(message)s", stream=sys.stdout, level=logging.WARNING)


def main() -> None:
    """Run Rasa's command line."""
    import rasa.__main__ as rasa_main

    if "run" in sys.argv[1:2]:
        from components import rasa_speed

        rasa_main.configure_structlog = _quiet_logs
        rasa_speed.install()
    rasa_main.main()


if __name__ == "__main__":
    main()
