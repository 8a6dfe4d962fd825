"""A telephone provider's REST interface in Twilio's shape, for short messages and for calls.

Requests are forms, answers are JSON; callbacks are signed with the account's token. What broke off
behind the request is uncertain: these interfaces know no idempotency keys.

Source: https://www.twilio.com/docs/usage/api, https://www.twilio.com/docs/usage/security
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from gateway.account import ProviderSettings
from gateway.errors import GatewayError, MissingPartError, RefusedError, UnavailableError
from gateway.errors import UncertainError as Uncertain
from voicebot.server.webhook import twilio_signature

__all__ = ["Provider", "ProviderSettings", "is_signed"]

MOST_ANSWER: Final = 256 * 1024
"""Bytes of an answer that are read."""
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Provider:
    """Asks the provider. Blocking; may be used from several threads."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings

    def create(self, resource: str, form: Mapping[str, str]) -> dict[str, Any]:
        """POST `form` to `resource` ("Messages", "Calls") and return what was created.

        Raises:
            MissingPartError: there is no account.
            RefusedError: the provider does not want it; its reason is in the message.
            UnavailableError: it was not taken, and may be later.
            UncertainError: nobody can know whether it was taken.
        """
        try:
            status, answer = self._ask("POST", resource, form)
        except _NEVER_SENT as error:
            raise _unreachable(error) from error
        except httpx.TransportError as error:
            raise Uncertain(
                f"the line to the provider broke before its answer ({type(error).__name__}): look "
                "into the provider's log before trying again"
            ) from error
        if status in (200, 201):
            if answer is None or not isinstance(answer.get("sid"), str):
                raise Uncertain("the provider said yes, but not what it made of it")
            return answer
        if status >= 500 and status != 503:
            raise Uncertain(f"the provider broke (HTTP {status}): look into its log")
        raise _refusal(status, answer)

    def look_up(self, resource: str) -> dict[str, Any]:
        """GET `resource` ("Calls/CA..."). Raises like `create`, but never UncertainError."""
        try:
            status, answer = self._ask("GET", resource, None)
        except httpx.TransportError as error:
            raise _unreachable(error) from error
        if status != 200 or answer is None:
            raise _refusal(status if status != 200 else 503, answer)
        return answer

    def _ask(
        self, method: str, resource: str, form: Mapping[str, str] | None
    ) -> tuple[int, dict[str, Any] | None]:
        settings = self._settings
        if settings.missing:
            raise MissingPartError(settings.missing)
        url = f"{settings.api_url}/2010-04-01/Accounts/{settings.account}/{resource}.json"
        auth = (settings.account, settings.auth_token.get_secret_value())
        with (
            httpx.Client(timeout=settings.timeout, trust_env=False, auth=auth) as client,
            client.stream(method, url, data=None if form is None else dict(form)) as response,
        ):
            return response.status_code, _object(_bounded(response))


def _bounded(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MOST_ANSWER:
            return b""
    return body


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _unreachable(error: Exception) -> UnavailableError:
    return UnavailableError(f"the provider can't be reached: {type(error).__name__}")


def _refusal(status: int, answer: Mapping[str, Any] | None) -> GatewayError:
    said = answer or {}
    reason = str(said.get("message", "no reason given"))[:300]
    code = f", code {said['code']}" if isinstance(said.get("code"), int) else ""
    if status in (401, 403):
        return RefusedError(f"the provider does not accept the account ({reason}{code})")
    if status in (408, 425, 429) or status >= 500:
        return UnavailableError(f"the provider says later (HTTP {status}{code})")
    return RefusedError(f"the provider refused (HTTP {status}{code}): {reason}")


def is_signed(
    settings: ProviderSettings, target: str, form: Mapping[str, str], signature: str
) -> bool:
    """Did the provider sign this request to `target` (path and query) with this POST form?

    Never without a token. A default port is signed sometimes and sometimes not.
    """
    secret = settings.auth_token.get_secret_value()
    if not secret or not signature:
        return False
    public = urlsplit(settings.public_url)
    port = "443" if public.scheme == "https" else "80"
    bare = public.netloc.removesuffix(f":{port}")
    hosts = {public.netloc, bare} | ({f"{bare}:{port}"} if public.port is None else set())
    given = signature.encode("utf-8", "surrogatepass")
    fits = [
        hmac.compare_digest(
            twilio_signature(
                secret, f"{public.scheme}://{host}{public.path}{target}", form
            ).encode(),
            given,
        )
        for host in sorted(hosts)
    ]
    return any(fits)
