"""An independent implementation of Twilio's side calls our dialect over a real websocket.

streamdouble sends 20 ms frames in real time, echoes marks when their audio has played, drops marks
on `clear`, and reports every frame that Twilio would not accept. It needs `edge_url`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from streamdouble import api
from streamdouble.audio import frame_ulaw
from streamdouble.chaos import Impairments
from streamdouble.scenario import Dtmf, Expect, Say, Scenario, Wait, WaitFor
from streamdouble.session import SessionConfig

from tests.telephony.echobot import ANSWER, GREETING, EchoAgent, EchoBot, tone
from voicebot.audio.g711 import ulaw_encode
from voicebot.config import Settings

VOICE = frame_ulaw(ulaw_encode(tone(0.5, 300)))


def say(frames: list[bytes]) -> Say:
    return Say(path=Path("tone"), frames=frames)


@pytest.fixture
async def agent() -> AsyncIterator[EchoAgent]:
    async with EchoAgent(Settings(public_url="")).serve() as agent:
        yield agent


@pytest.fixture
def edge_url(agent: EchoAgent) -> str:
    return agent.url.replace("http://", "ws://") + "/twilio"


async def last_bot(agent: EchoAgent) -> EchoBot:
    """The bot of the call that has just ended, when it has read everything."""
    await agent.bots[-1].gone.wait()
    return agent.bots[-1]


async def test_greeting_answer_and_marks(edge_url: str, agent: EchoAgent) -> None:
    scenario = Scenario(
        "talk",
        [WaitFor("mark"), say(VOICE), Wait(0.7), WaitFor("quiet"), Expect("no_violations")],
    )
    config = SessionConfig(
        custom_parameters={"token": "t0k", "From": "+15550100"}, quiet_period_s=0.3
    )
    report = await api.run_scenario(edge_url, scenario, config=config)
    assert report.violations == []
    assert report.passed
    assert report.result.marks_echoed == ["greeting", "answer 1"]
    assert report.result.audio_duration_s == pytest.approx(GREETING + ANSWER)
    bot = await last_bot(agent)
    assert bot.started is not None
    assert bot.started.caller == "+15550100"
    assert bot.started.parameters["token"] == "t0k"
    bot = await last_bot(agent)
    assert len(bot.heard) // 320 == report.result.frames_sent


async def test_barge_in_clears(edge_url: str, agent: EchoAgent) -> None:
    long = frame_ulaw(ulaw_encode(tone(0.4, 300)))
    scenario = Scenario("interrupt", [WaitFor("audio"), say(long), Expect("clear"), Wait(0.2)])
    report = await api.run_scenario(
        edge_url, scenario, config=SessionConfig(quiet_period_s=0.2, max_drain_s=2)
    )
    assert report.result.failed_expectations == []
    assert report.violations == []
    bot = await last_bot(agent)
    assert bot.clears == 1


async def test_keys(edge_url: str, agent: EchoAgent) -> None:
    scenario = Scenario("keys", [WaitFor("mark"), Dtmf("48#"), Expect("no_violations")])
    report = await api.run_scenario(edge_url, scenario, config=SessionConfig(quiet_period_s=0.3))
    assert report.passed
    bot = await last_bot(agent)
    assert bot.digits == "48#"


async def test_a_bad_line(edge_url: str, agent: EchoAgent) -> None:
    config = SessionConfig(
        impairments=Impairments(loss=0.1, jitter_ms=30.0), chaos_seed=5, quiet_period_s=0.2
    )
    report = await api.call(edge_url, frames=VOICE * 2, config=config)
    assert report.violations == []
    assert report.result.frames_dropped > 0
    bot = await last_bot(agent)
    assert len(bot.heard) // 320 == report.result.frames_sent
