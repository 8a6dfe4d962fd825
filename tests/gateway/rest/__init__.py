"""Tests of gateway.rest."""
