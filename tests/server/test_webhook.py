"""The webhook's answers, checked with Twilio's own validator and an XML parser."""

from collections.abc import Mapping
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from voicebot.config import Settings
from voicebot.server.tokens import TokenBook
from voicebot.server.webhook import (
    WebhookAnswer,
    WebhookRequest,
    WrongPublicUrl,
    stream_signature_ok,
    stream_url,
    twilio_signature,
    twilio_voice,
)

SECRET = "12345678901234567890123456789012"
PARAMS = {"CallSid": "CA1", "From": "+15550100", "To": "+15550199", "CallStatus": "ringing"}


def settings(public_url: str = "https://voice.example.com", secret: str = SECRET) -> Settings:
    return Settings(public_url=public_url, twilio_auth_token=SecretStr(secret))


def ask(
    config: Settings,
    *,
    method: str = "POST",
    url: str = "/twilio/voice",
    params: Mapping[str, str] = PARAMS,
    signature: str = "",
    busy: str = "",
    tokens: TokenBook | None = None,
) -> WebhookAnswer:
    request = WebhookRequest(method, url, params, signature)
    return twilio_voice(request, config, tokens or TokenBook(lambda: 0.0), busy)


def stream(answer: WebhookAnswer) -> tuple[str, dict[str, str]]:
    assert answer.status == 200
    assert answer.content_type.startswith("text/xml")
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "Response"
    found = root.find("./Connect/Stream")
    assert found is not None
    return found.attrib["url"], {p.attrib["name"]: p.attrib["value"] for p in found}


def signed(url: str, params: Mapping[str, str] | None = None) -> str:
    return str(RequestValidator(SECRET).compute_signature(url, dict(params or {})))


def test_the_answer_connects_and_binds_the_numbers_to_the_token() -> None:
    tokens = TokenBook(lambda: 0.0)
    signature = signed("https://voice.example.com/twilio/voice", PARAMS)
    url, parameters = stream(ask(settings(), signature=signature, tokens=tokens))
    assert url == "wss://voice.example.com/twilio"
    assert parameters["From"] == "+15550100"
    assert parameters["To"] == "+15550199"
    assert tokens.redeem(parameters["token"], "twilio") == {
        "From": "+15550100",
        "To": "+15550199",
        "CallSid": "CA1",
    }


@given(
    st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=5),
    st.sampled_from(["/twilio/voice", "/twilio/voice?a=b&c=%20d", "/twilio/voice?q="]),
)
def test_our_signature_is_twilios(params: dict[str, str], target: str) -> None:
    url = "https://voice.example.com" + target
    assert twilio_signature(SECRET, url, params) == signed(url, params)
    assert RequestValidator(SECRET).validate(url, params, twilio_signature(SECRET, url, params))


def test_twilios_published_example() -> None:
    """The worked example of https://www.twilio.com/docs/usage/security."""
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature("12345", url, params) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.parametrize(
    ("public_url", "asked", "signed_url"),
    [
        ("https://v.example.com", "/twilio/voice", "https://v.example.com/twilio/voice"),
        ("https://v.example.com/", "/twilio/voice", "https://v.example.com/twilio/voice"),
        ("https://v.example.com", "/twilio/voice", "https://v.example.com:443/twilio/voice"),
        ("https://v.example.com:443", "/twilio/voice", "https://v.example.com/twilio/voice"),
        ("https://v.example.com:443", "/twilio/voice", "https://v.example.com:443/twilio/voice"),
        ("https://v.example.com:8443", "/twilio/voice", "https://v.example.com:8443/twilio/voice"),
        ("http://v.example.com", "/twilio/voice", "http://v.example.com:80/twilio/voice"),
        ("https://u:p@v.example.com", "/twilio/voice", "https://u:p@v.example.com/twilio/voice"),
        ("https://v.example.com/bot", "/twilio/voice", "https://v.example.com/bot/twilio/voice"),
        (
            "https://v.example.com/bot",
            "/bot/twilio/voice",
            "https://v.example.com/bot/twilio/voice",
        ),
        (
            "https://v.example.com",
            "http://127.0.0.1:8081/twilio/voice",
            "https://v.example.com/twilio/voice",
        ),
        ("", "/twilio/voice", "http://127.0.0.1:8081/twilio/voice"),
    ],
)
def test_signatures_over_the_public_address(public_url: str, asked: str, signed_url: str) -> None:
    signature = signed(signed_url, PARAMS)
    assert ask(settings(public_url), url=asked, signature=signature).status == 200


def test_a_get_is_signed_by_its_url_alone() -> None:
    target = "/twilio/voice?From=%2B15550100&To=%2B15550199&CallSid=CA1"
    signature = signed("https://voice.example.com" + target)
    answer = ask(settings(), method="GET", url=target, signature=signature)
    assert stream(answer)[1]["From"] == "+15550100"


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "garbage",
        "ümlaut",
        "\ud800",
        signed("https://voice.example.com/twilio/voice"),
        signed("https://evil.example.com/twilio/voice", PARAMS),
        signed("https://voice.example.com/twilio/voice", PARAMS | {"From": "+15550666"}),
        RequestValidator("another").compute_signature(
            "https://voice.example.com/twilio/voice", PARAMS
        ),
    ],
)
def test_a_forged_request_is_refused(forged: str) -> None:
    answer = ask(settings(), signature=forged)
    assert answer.status == 403
    assert "VOICEBOT_TWILIO_AUTH_TOKEN" in answer.body


def test_changed_query_of_a_get_is_refused() -> None:
    signature = signed("https://voice.example.com/twilio/voice?From=1")
    changed = ask(settings(), method="GET", url="/twilio/voice?From=2", signature=signature)
    assert changed.status == 403


@pytest.mark.parametrize(
    "url", ["//evil/twilio/voice", "http://[::1/x", "nonsense", "", "http://h"]
)
def test_odd_addresses_are_refused_without_a_crash(url: str) -> None:
    assert ask(settings(), url=url, signature="x").status == 403


@given(st.text(max_size=60), st.text(max_size=60))
def test_arbitrary_addresses_and_signatures_never_crash(url: str, signature: str) -> None:
    assert ask(settings(), url=url, signature=signature).status == 403
    assert not stream_signature_ok(settings(), url, signature or "x")


def test_without_a_secret_nothing_is_checked() -> None:
    assert stream(ask(settings("", "")))[0] == "ws://127.0.0.1:8081/twilio"


def test_busy_is_said_politely() -> None:
    answer = ask(settings(secret=""), busy="We are busy & sorry.")
    root = ElementTree.fromstring(answer.body)
    assert [child.tag for child in root] == ["Say", "Hangup"]
    assert root[0].text == "We are busy & sorry."


def test_a_full_token_book_is_busy_too() -> None:
    tokens = TokenBook(lambda: 0.0, limit=1)
    tokens.issue("web", {}, 60)
    answer = ask(settings(secret=""), tokens=tokens)
    assert "<Say>" in answer.body
    assert "<Stream" not in answer.body


@pytest.mark.parametrize(
    ("method", "params", "status"),
    [
        ("PUT", {}, 405),
        ("POST", {str(n): "" for n in range(201)}, 413),
        ("POST", {"AddOns": "x" * 65536}, 413),
        ("POST", {"From": "1" * 201}, 400),
        ("POST", {"From": "a\x00b"}, 400),
        ("POST", {"To": "\ud800"}, 400),
    ],
)
def test_limits(method: str, params: dict[str, str], status: int) -> None:
    assert ask(settings(secret=""), method=method, params=params).status == status


@given(st.text(max_size=250), st.text(max_size=250))
def test_any_number_is_either_refused_or_comes_out_as_it_went_in(caller: str, callee: str) -> None:
    answer = ask(settings(secret=""), params={"From": caller, "To": callee})
    if answer.status == 400:
        return
    parameters = stream(answer)[1]
    assert (parameters["From"], parameters["To"]) == (caller, callee)


@pytest.mark.parametrize(
    ("config", "url"),
    [
        (Settings(public_url="https://v.example.com:8443/"), "wss://v.example.com:8443/twilio"),
        (Settings(public_url="http://v.example.com/bot/"), "ws://v.example.com/bot/twilio"),
        (Settings(public_url="https://u:p@v.example.com"), "wss://v.example.com/twilio"),
        (Settings(host="::1", edge_port=9000), "ws://[::1]:9000/twilio"),
    ],
)
def test_stream_urls(config: Settings, url: str) -> None:
    assert stream_url(config) == url


@pytest.mark.parametrize("public_url", ["voice.example.com", "ftp://x", "https://"])
def test_a_wrong_public_url_says_how_to_write_it(public_url: str) -> None:
    with pytest.raises(WrongPublicUrl, match=r"like https://voice\.example\.com"):
        stream_url(Settings(public_url=public_url))


@pytest.mark.parametrize(
    "url",
    [
        "wss://voice.example.com/twilio",
        "wss://voice.example.com/twilio/",
        "wss://voice.example.com:443/twilio",
    ],
)
def test_a_signed_handshake(url: str) -> None:
    assert stream_signature_ok(settings(), "/twilio", signed(url))
    assert not stream_signature_ok(settings(), "/other", signed(url))
    assert not stream_signature_ok(settings(), "/twilio", "A" + signed(url)[1:-1])


def test_a_handshake_that_needs_no_signature() -> None:
    assert stream_signature_ok(settings(secret=""), "/twilio", "anything")
    assert stream_signature_ok(settings(), "/twilio", "")
