"""Tests of gateway.transcripts."""
