"""Evaluation sets, runners, metrics, reports and benchmarks."""

import voicebot as voicebot  # its settings of libraries come before numpy
