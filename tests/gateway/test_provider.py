"""Asking the provider: what every answer means, and whose callbacks are believed."""

from __future__ import annotations

import pytest

from gateway.errors import (
    MissingPartError,
    RefusedError,
    UnavailableError,
    UncertainError,
)
from gateway.provider import Provider, ProviderSettings, is_signed
from tests.gateway.standin import signature, stand_in
from voicebot.server.ports import free_port

FORM = {"To": "+15550100", "From": "+15550199", "Body": "hello"}


@pytest.fixture
def running():
    with stand_in() as provider:
        yield provider


def provider_at(running, **more):
    return Provider(ProviderSettings.model_validate(running.settings(**more)))


def test_what_was_created_comes_back_and_can_be_looked_up(running):
    provider = provider_at(running)
    made = provider.create("Messages", FORM)
    assert running.got == [("Messages", FORM)]
    assert provider.look_up(f"Calls/{made['sid']}")["to"] == "+15550100"


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ((400, {"code": 21211, "message": "bad number"}), RefusedError, "code 21211.*bad number"),
        ((401, {"message": "Authenticate"}), RefusedError, "does not accept the account"),
        ((429, {"code": 20429}), UnavailableError, "later"),
        ((503, b"<html>"), UnavailableError, "later"),
        ((500, b""), UncertainError, "HTTP 500"),
        ((502, b"<html>"), UncertainError, "HTTP 502"),
        ((201, b"{"), UncertainError, "said yes"),
        ((201, []), UncertainError, "said yes"),
        ((201, {"sid": 7}), UncertainError, "said yes"),
        ((201, b" " * 300_000), UncertainError, "said yes"),
        ("drop", UncertainError, "broke before its answer"),
        ("stall", UncertainError, "broke before its answer .ReadTimeout"),
    ],
)
def test_every_answer_has_its_meaning(running, answer, error, says):
    running.answers.append(answer)
    with pytest.raises(error, match=says):
        provider_at(running).create("Messages", FORM)


def test_a_wrong_token_is_refused(running):
    with pytest.raises(RefusedError, match="does not accept the account"):
        provider_at(running, auth_token="wrong").create("Messages", FORM)


def test_looking_up_what_is_not_there(running):
    with pytest.raises(RefusedError, match="404"):
        provider_at(running).look_up("Calls/CA1")


def test_nobody_there_is_later():
    settings = ProviderSettings.model_validate(
        {"api_url": f"http://127.0.0.1:{free_port()}", "account": "AC1", "auth_token": "x"}
    )
    with pytest.raises(UnavailableError, match="can't be reached"):
        Provider(settings).create("Messages", FORM)
    with pytest.raises(UnavailableError, match="can't be reached"):
        Provider(settings).look_up("Calls/CA1")


def test_no_account_is_said():
    with pytest.raises(MissingPartError, match="auth_token"):
        Provider(ProviderSettings()).create("Messages", FORM)


@pytest.mark.parametrize("url", ["voice.example.com", "ftp://x", "http://"])
def test_addresses_are_addresses(url):
    with pytest.raises(ValueError, match="is no address"):
        ProviderSettings(public_url=url)


@pytest.mark.parametrize("signed", ["https://sms.example.com/in", "https://sms.example.com:443/in"])
def test_the_providers_own_signatures_are_believed(running, signed):
    settings = ProviderSettings.model_validate(running.settings("https://sms.example.com"))
    assert is_signed(settings, "/in", FORM, signature(signed, FORM))


def test_no_other_signatures_are(running):
    settings = ProviderSettings.model_validate(running.settings("https://sms.example.com"))
    good = signature("https://sms.example.com/in", FORM)
    assert not is_signed(settings, "/in?x=1", FORM, good)
    assert not is_signed(settings, "/in", {**FORM, "Body": "other"}, good)
    assert not is_signed(settings, "/in", FORM, "")
    assert not is_signed(settings, "/in", FORM, "é" + good)
    open_door = settings.model_copy(update={"auth_token": ProviderSettings().auth_token})
    assert not is_signed(open_door, "/in", FORM, signature("https://sms.example.com/in", FORM))
