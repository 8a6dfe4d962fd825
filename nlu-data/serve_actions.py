"""Serve the custom actions on 127.0.0.1: `serve_actions.py --port 5055`.

With VOICEBOT_RASA_SECRET set, every request but GET /health needs X-Voicebot-Secret.
"""

import argparse
import hmac
import logging
import os
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from actions.actions import MADE, WriteAudit
from actions.bank import Bank
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic
from sanic import response as sanic_response
from sanic.request import Request
from sanic.response import HTTPResponse


def build_app(secret: str) -> Sanic:
    """The action server as a Sanic application, guarded by `secret` where it is not empty."""
    executor = ActionExecutor()
    for action in MADE:
        executor.register_action(action)
    executor.register_action(WriteAudit)
    app = create_app(executor, cors_origins=[])

    @app.on_request
    async def check_secret(request: Request) -> HTTPResponse | None:
        given = request.headers.get("X-Voicebot-Secret", "")
        if request.path == "/health" or not secret:
            return None
        if hmac.compare_digest(given.encode(), secret.encode()):
            return None
        return sanic_response.json({"error": "wrong or missing secret"}, status=401)

    return app


def main() -> None:
    """Parse the port and serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5055)
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    warnings.filterwarnings("ignore", message=".*versions of rasa and rasa_sdk.*")
    Bank().customer("000000")
    app = build_app(os.environ.get("VOICEBOT_RASA_SECRET", ""))
    app.run(host=options.host, port=options.port, single_process=True, motd=False, access_log=False)


if __name__ == "__main__":
    main()
