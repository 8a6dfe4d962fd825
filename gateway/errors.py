"""Why a conversion did not succeed, and whether trying again may help."""

from __future__ import annotations


class GatewayError(Exception):
    """A conversion failed. The message is for whoever asked for it, and names the fix."""

    retry = False
    """Does trying again later help, with nothing changed?"""


class RefusedError(GatewayError):
    """What came in is bad: damaged, too large, forbidden, not of the kind it claims to be."""


class MissingPartError(GatewayError):
    """A program or package that this conversion needs is not installed; the message names it."""


class UnavailableError(GatewayError):
    """Another system does not answer, is busy, or said "later"."""

    retry = True


class UncertainError(GatewayError):
    """It broke off where nobody can know whether it was delivered; it must not be tried again."""


class CancelledError(GatewayError):
    """Whoever asked for the conversion has called it off."""
