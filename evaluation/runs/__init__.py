"""Runs of evaluation sets against a system: placing the calls, and keeping what came of them."""
