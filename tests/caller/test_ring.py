"""Reading the agent's TwiML, and its refusals."""

import pytest
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Connect, VoiceResponse

from voicebot.caller.ring import (
    Agent,
    CallRefused,
    LineBusy,
    NoAgent,
    read_twiml,
    ring,
    signature,
)

CALL = {"CallSid": "CA1", "From": "+15550100", "To": "+15550199"}


def twiml(url: str) -> str:
    """TwiML as Twilio's own library writes it."""
    response = VoiceResponse()
    connect = Connect()
    stream = connect.stream(url=url)
    stream.parameter(name="token", value='a"<&>b')
    response.append(connect)
    return str(response)


def test_the_stream_of_the_twiml() -> None:
    invitation = read_twiml(twiml("wss://v.example.com/twilio"), Agent())
    assert invitation.url == "wss://v.example.com/twilio"
    assert invitation.parameters == {"token": 'a"<&>b'}
    assert invitation.headers == {}


def test_the_handshake_is_signed_where_there_is_a_secret() -> None:
    agent = Agent(auth_token="secret")
    headers = read_twiml(twiml("wss://v.example.com/twilio"), agent).headers
    assert RequestValidator("secret").validate(
        "wss://v.example.com/twilio", {}, headers["X-Twilio-Signature"]
    )


@pytest.mark.parametrize("params", [{}, CALL])
def test_signatures_are_twilios(params: dict[str, str]) -> None:
    url = "https://v.example.com/twilio/voice?x=1"
    assert RequestValidator("s").validate(url, params, signature("s", url, params))


def test_a_public_address_is_reached_where_the_agent_really_is() -> None:
    agent = Agent("http://127.0.0.1:8081", public_url="https://v.example.com/bot")
    assert read_twiml(twiml("wss://v.example.com/bot/twilio"), agent).url == (
        "ws://127.0.0.1:8081/twilio"
    )
    assert read_twiml(twiml("wss://other.example.com/twilio"), agent).url == (
        "wss://other.example.com/twilio"
    )


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        ("<Response><Say>All busy.</Say><Hangup/></Response>", LineBusy, "now: All busy"),
        ('<Response><Reject reason="busy"/></Response>', LineBusy, "it rejects"),
        ("<Response/>", CallRefused, "no <Connect><Stream>"),
        ("<Other><Connect><Stream/></Connect></Other>", CallRefused, "no <Connect>"),
        ("not xml", CallRefused, "not XML"),
        ("", CallRefused, "not XML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Response/>', CallRefused, "document type"),
        ("<Response><Connect><Stream/></Connect></Response>", CallRefused, "address is ''"),
        (twiml("https://v.example.com/twilio"), CallRefused, "not ws"),
        (twiml("wss://v.example.com/twilio?token=1"), CallRefused, "without a query"),
    ],
)
def test_answers_that_connect_to_nothing(body: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        read_twiml(body, Agent())


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:1", "start it with `make run`"),
        ("127.0.0.1:8081", "write it like http://127.0.0.1:8081"),
        ("http://", "write it like"),
        ("http://[::1", "write it like"),
        ("ftp://127.0.0.1", "write it like"),
    ],
)
async def test_nobody_at_the_address(url: str, says: str) -> None:
    with pytest.raises(NoAgent, match=says):
        await ring(Agent(url), CALL)
