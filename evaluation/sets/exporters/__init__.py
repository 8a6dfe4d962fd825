"""Exporters: sets and runs in the formats of Rasa and of NIST's sclite."""
