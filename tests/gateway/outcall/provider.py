"""The provider's side of an outbound call: rings, asks the webhook, opens the stream, reports.

The REST interface is the stand-in; the telephone is the agent's own caller, which speaks Twilio's
protocol. What a listener does is a script (`voicebot.caller.script`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.gateway.standin import StandIn, signature
from voicebot.caller.behaviour import Manners
from voicebot.caller.cues import Synthesize, prepare
from voicebot.caller.line import RealClock, talk
from voicebot.caller.phonecall import PhoneCall
from voicebot.caller.ring import Agent, Invitation, read_twiml
from voicebot.caller.script import parse_script


@dataclass
class Network:
    """Connects what the stand-in was asked to call."""

    stand_in: StandIn
    synthesize: Synthesize | None = None

    async def asked(self) -> dict[str, str]:
        """Wait for a call to be asked for; its form."""
        async with asyncio.timeout(10):
            while not self.stand_in.called.is_set():  # noqa: ASYNC110 - set by another thread
                await asyncio.sleep(0.01)
        self.stand_in.called.clear()
        return self.stand_in.got[-1][1]

    @property
    def sid(self) -> str:
        return list(self.stand_in.calls)[-1]

    async def ask(self, url: str, **more: str) -> httpx.Response:
        """GET one of the URLs that we were given, signed, with what the provider adds."""
        added = {"CallSid": self.sid, **more}
        full = f"{url}&{urlencode(added)}"
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(full, headers={"X-Twilio-Signature": signature(full, {})})

    async def nobody(self, status: str) -> httpx.Response:
        """The call came to nothing."""
        form = await self.asked()
        self.stand_in.calls[self.sid]["status"] = status
        return await self.ask(form["StatusCallback"], CallStatus=status)

    async def invitation(self) -> Invitation:
        """The call was taken: what are we to do with it?"""
        form = await self.asked()
        answer = await self.ask(form["Url"], CallStatus="in-progress", To=form["To"])
        assert answer.status_code == 200, answer.text
        return read_twiml(answer.text, Agent())

    async def connect(self, script: Sequence[str], **manners: Any) -> PhoneCall:
        """The call was taken by somebody who does `script`; comes back when it is over."""
        cues = await prepare(parse_script(script), self.synthesize)
        form = await self.asked()
        answer = await self.ask(form["Url"], CallStatus="in-progress", To=form["To"])
        invitation = read_twiml(answer.text, Agent())
        call = PhoneCall(self.sid, cues, invitation.parameters, Manners(**manners))
        await talk(call, invitation, RealClock(), asyncio.Event())
        self.stand_in.calls[self.sid]["status"] = "completed"
        await self.ask(form["StatusCallback"], CallStatus="completed")
        return call
