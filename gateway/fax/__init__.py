"""Fax: T.30 over telephone audio, sent and received in a process of its own."""
