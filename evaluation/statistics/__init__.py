"""Intervals and tests of significance for runs of calls. Pure: numbers in, numbers out."""
