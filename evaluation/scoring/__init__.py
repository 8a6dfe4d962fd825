"""Scoring: what a run says about every stage of the system, with intervals and reasons."""
