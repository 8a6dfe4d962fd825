"""The control plane: pages, REST and the seats' signalling, as one Starlette application."""

from voicebot.server.control.app import create_app
from voicebot.server.control.context import ControlContext, LiveCall, PartStatus

__all__ = ["ControlContext", "LiveCall", "PartStatus", "create_app"]
