"""The answer to Twilio's question what to do with a call: connect it to our media stream.

Pure: requests in, answers out. The answer carries a token, to which the numbers of caller and
callee are bound; what the stream itself claims later does not count.

Sources: https://www.twilio.com/docs/voice/twiml/stream,
https://www.twilio.com/docs/usage/security (signatures)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import SplitResult, urlsplit

from voicebot.config import Settings
from voicebot.server.tokens import Purpose, TokenBook, TokenRefused

STREAM_PATH = "/twilio"
VOICE_PATH = "/twilio/voice"
TOKEN_PURPOSE: Purpose = "twilio"  # noqa: S105 - the name of a purpose
TOKEN_SECONDS = 60.0

MAX_PARAMS = 200
MAX_PARAM_BYTES = 64 * 1024
MAX_NUMBER = 200
"""Characters of a caller's address; SIP addresses are longer than telephone numbers."""

_BUSY = "All our lines are busy. Please call again in a few minutes. Goodbye."


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A provider's request: `url` as asked for (absolute, or path and query), decoded `params` of
    the form (POST) or the query (GET), and the X-Twilio-Signature header, '' when missing."""

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    signature: str = ""


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What to answer over HTTP."""

    status: int
    content_type: str
    body: str


class WrongPublicUrl(ValueError):
    """The setting `public_url` is not an http or https address."""


def twilio_voice(
    request: WebhookRequest, settings: Settings, tokens: TokenBook, busy: str
) -> WebhookAnswer:
    """Answer an incoming call: TwiML that opens our stream, or says `busy` and hangs up.

    `busy` is the sentence to say when no call can be taken, '' otherwise. Forged requests get 403,
    oversized ones 413, nonsense 400, methods other than GET and POST 405.
    """
    if request.method not in ("GET", "POST"):
        return _refusal(405, "Twilio asks by GET or POST.")
    size = sum(len(name) + len(value) for name, value in request.params.items())
    if len(request.params) > MAX_PARAMS or size > MAX_PARAM_BYTES:
        return _refusal(413, "Too many or too long parameters.")
    if not _request_signed(request, settings):
        return _refusal(
            403,
            "X-Twilio-Signature does not match. Check VOICEBOT_TWILIO_AUTH_TOKEN and "
            "VOICEBOT_PUBLIC_URL: it must be the address that Twilio was given.",
        )
    payload = {name: request.params.get(name, "") for name in ("From", "To", "CallSid")}
    for name, value in payload.items():
        if len(value) > MAX_NUMBER or not value.isprintable():
            return _refusal(400, f"Parameter {name} is too long or holds control characters.")
    if busy:
        return _say_and_hang_up(busy)
    try:
        token = tokens.issue(TOKEN_PURPOSE, payload, TOKEN_SECONDS)
    except TokenRefused:  # only ever 'full': somebody asks and asks and never connects
        return _say_and_hang_up(_BUSY)
    return _connect(stream_url(settings), token, payload)


def stream_url(settings: Settings) -> str:
    """Where Twilio is to open the media stream; no query string, Twilio drops it."""
    public = _public(settings)
    scheme = "wss" if public.scheme == "https" else "ws"
    host = public.netloc.rpartition("@")[2]
    return f"{scheme}://{host}{public.path.rstrip('/')}{STREAM_PATH}"


def stream_signature_ok(settings: Settings, target: str, signature: str) -> bool:
    """Is the websocket handshake for `target` (path and query) signed by Twilio?

    True when no auth token is configured and when the header is missing ('' or absent): the token
    in the stream's `start` is what lets it in, the signature is a second lock where it exists.
    """
    secret = settings.twilio_auth_token.get_secret_value()
    if not secret or not signature:
        return True
    urls = [
        variant
        for url in _addresses(settings, target)
        for variant in (_as_websocket(url), _as_websocket(url).rstrip("/") + "/")
    ]
    return _signed_with(secret, urls, {}, signature)


def twilio_signature(secret: str, url: str, params: Mapping[str, str]) -> str:
    """Twilio's signature: base64 of HMAC-SHA1 over the URL and the sorted POST parameters."""
    signed = url + "".join(name + params[name] for name in sorted(params))
    digest = hmac.new(secret.encode(), signed.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return base64.b64encode(digest.digest()).decode("ascii")


def _request_signed(request: WebhookRequest, settings: Settings) -> bool:
    secret = settings.twilio_auth_token.get_secret_value()
    if not secret:
        return True
    params = request.params if request.method == "POST" else {}
    return _signed_with(secret, _addresses(settings, request.url), params, request.signature)


def _signed_with(secret: str, urls: list[str], params: Mapping[str, str], presented: str) -> bool:
    """Does `presented` fit one of `urls`? Compares in constant time, and all of them."""
    given = presented.encode("utf-8", "surrogatepass")
    fits = [
        hmac.compare_digest(twilio_signature(secret, url, params).encode(), given) for url in urls
    ]
    return any(fits)


def _addresses(settings: Settings, url: str) -> list[str]:
    """The addresses that Twilio may have asked for when the edge was asked for `url`.

    A proxy in front may strip the path of `public_url` or leave it, and Twilio signs a default port
    sometimes with and sometimes without it.
    """
    target = _target(url)
    public = _public(settings)
    prefix = public.path.rstrip("/")
    paths = [prefix + target]
    if prefix and target.startswith(prefix + "/"):
        paths.append(target)
    hosts = list(_with_and_without_port(public))
    return [f"{public.scheme}://{host}{path}" for host in hosts for path in paths]


def _target(url: str) -> str:
    """Path and query of `url`, untouched: what is signed must not be normalized."""
    if url.startswith("/"):
        return url
    rest = url.partition("://")[2]
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"


def _public(settings: Settings) -> SplitResult:
    """The address under which Twilio reaches the edge."""
    url = settings.public_url or f"http://{_bracketed(settings.host)}:{settings.edge_port}"
    public = urlsplit(url)
    if public.scheme not in ("http", "https") or not public.netloc:
        raise WrongPublicUrl(f"public_url is {url!r}; write it like https://voice.example.com")
    return public


def _with_and_without_port(public: SplitResult) -> Iterator[str]:
    default = "443" if public.scheme == "https" else "80"
    host = public.netloc
    bare = host.removesuffix(":" + default)
    yield bare
    if bare != host or public.port is None:
        yield f"{bare}:{default}"


def _as_websocket(url: str) -> str:
    """https becomes wss, http becomes ws."""
    return "ws" + url.removeprefix("http")


def _bracketed(host: str) -> str:
    """An IPv6 address as URLs have it."""
    return f"[{host}]" if ":" in host else host


def _connect(url: str, token: str, payload: Mapping[str, str]) -> WebhookAnswer:
    parameters = {"token": token, "From": payload["From"], "To": payload["To"]}
    lines = "".join(
        f'<Parameter name="{escape(name)}" value="{escape(value)}"/>'
        for name, value in parameters.items()
    )
    return _twiml(f'<Connect><Stream url="{escape(url)}">{lines}</Stream></Connect>')


def _say_and_hang_up(sentence: str) -> WebhookAnswer:
    return _twiml(f"<Say>{escape(sentence)}</Say><Hangup/>")


def _twiml(inside: str) -> WebhookAnswer:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'
    return WebhookAnswer(200, "text/xml; charset=utf-8", body)


def _refusal(status: int, sentence: str) -> WebhookAnswer:
    return WebhookAnswer(status, "text/plain; charset=utf-8", sentence + "\n")
