"""Callers of evaluation sets: those that follow a script, and those that follow a goal."""
