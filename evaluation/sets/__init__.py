"""Evaluation sets: what callers say and want, and what must come of it."""
