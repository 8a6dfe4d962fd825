"""Ringing the agent: ask its webhook what to do with a call, as Twilio does, and read the TwiML."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx

VOICE_PATH = "/twilio/voice"
SIGNATURE = "X-Twilio-Signature"
TIME_LIMIT = 10.0
MAX_TWIML = 64 * 1024
"""Bytes: Twilio's own limit."""


class CallFailed(RuntimeError):
    """No call came about; the message says why and what to do."""


class NoAgent(CallFailed):
    """Nobody answers at the agent's address."""


class CallRefused(CallFailed):
    """The agent does not want this call."""


class LineBusy(CallFailed):
    """The agent takes no more calls at the moment."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Where the agent is and how Twilio would ask it.

    `url` is where it is reached, `public_url` the address that it believes it is reached under and
    that is signed ('' for the same); `auth_token` is the secret for signatures, '' for none;
    `method` is GET or POST.
    """

    url: str = "http://127.0.0.1:8081"
    public_url: str = ""
    auth_token: str = ""
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Open a stream at `url`, with these `parameters` in its start and these headers."""

    url: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]


async def ring(agent: Agent, call: Mapping[str, str]) -> Invitation:
    """Ask the webhook about `call` (CallSid, From, To). Raises CallFailed."""
    # Loading certificates for plain HTTP would hold up the other calls of this process.
    encrypted = agent.url.startswith("https:")
    async with httpx.AsyncClient(timeout=TIME_LIMIT, trust_env=False, verify=encrypted) as client:
        request = _request(client, agent, call)
        try:
            async with client.stream(
                request.method, request.url, headers=request.headers, content=request.content
            ) as response:
                body = await _body(response)
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise NoAgent(
                f"no agent at {agent.url} ({reason}): start it with `make run`"
            ) from error
    if response.status_code != 200:
        first = body.strip().partition("\n")[0][:200]
        raise CallRefused(f"the agent refused the call: HTTP {response.status_code} {first}")
    return read_twiml(body, agent)


def read_twiml(body: str, agent: Agent) -> Invitation:
    """The stream that the TwiML in `body` connects to. Raises LineBusy and CallRefused."""
    if "<!DOCTYPE" in body:
        raise CallRefused("the agent's TwiML declares a document type; that is not TwiML")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - bounded, and without entities
    except ElementTree.ParseError as error:
        raise CallRefused(f"the agent's answer is not XML ({error})") from error
    stream = root.find("./Connect/Stream") if root.tag == "Response" else None
    if stream is None:
        said = " ".join(text for say in root.iter("Say") if (text := (say.text or "").strip()))
        if root.find("Hangup") is not None or root.find("Reject") is not None:
            raise LineBusy(f"the agent takes no call now: {said or 'it rejects'}")
        raise CallRefused("the agent's TwiML has no <Connect><Stream>")
    url = stream.attrib.get("url", "")
    if urlsplit(url).scheme not in ("ws", "wss") or "?" in url:
        raise CallRefused(f"the stream's address is {url!r}, not ws:// or wss:// without a query")
    parameters = {
        parameter.attrib.get("name", ""): parameter.attrib.get("value", "")
        for parameter in stream.iter("Parameter")
    }
    headers = {SIGNATURE: signature(agent.auth_token, url, {})} if agent.auth_token else {}
    return Invitation(_reachable(url, agent), parameters, headers)


def signature(secret: str, url: str, params: Mapping[str, str]) -> str:
    """X-Twilio-Signature (https://www.twilio.com/docs/usage/security)."""
    signed = url + "".join(name + params[name] for name in sorted(params))
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode("ascii")


def _request(client: httpx.AsyncClient, agent: Agent, call: Mapping[str, str]) -> httpx.Request:
    posted = agent.method == "POST"
    address = agent.url.rstrip("/") + VOICE_PATH
    try:
        request = client.build_request(
            agent.method,
            address,
            params=None if posted else dict(call),
            data=dict(call) if posted else None,
        )
    except (httpx.InvalidURL, ValueError) as error:
        raise NoAgent(
            f"{agent.url!r} is no address; write it like http://127.0.0.1:8081"
        ) from error
    if request.url.scheme not in ("http", "https") or not request.url.host:
        raise NoAgent(f"{agent.url!r} is no address; write it like http://127.0.0.1:8081")
    if agent.auth_token:
        public = (agent.public_url or agent.url).rstrip("/") + VOICE_PATH
        query = request.url.query.decode("ascii")
        signed = public + (f"?{query}" if query else "")
        request.headers[SIGNATURE] = signature(agent.auth_token, signed, call if posted else {})
    return request


async def _body(response: httpx.Response) -> str:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_TWIML:
            raise CallRefused(f"the agent's answer has more than {MAX_TWIML // 1024} KiB")
    return body.decode("utf-8", "replace")


def _reachable(url: str, agent: Agent) -> str:
    """`url`, but at the agent's real address where it names the public one."""
    public = urlsplit(agent.public_url)
    stream = urlsplit(url)
    if not agent.public_url or stream.netloc != public.netloc:
        return url
    real = urlsplit(agent.url)
    scheme = "wss" if real.scheme == "https" else "ws"
    path = stream.path.removeprefix(public.path.rstrip("/"))
    return f"{scheme}://{real.netloc}{real.path.rstrip('/')}{path}"
