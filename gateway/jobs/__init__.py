"""Durable conversions: what was accepted is done exactly once, or reported as failed."""
