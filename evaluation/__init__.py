"""Evaluation sets, runners, metrics, reports and benchmarks."""
