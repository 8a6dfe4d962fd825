"""Evaluation sets that come with the project."""
