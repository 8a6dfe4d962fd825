"""Outbound calls: a text is read out over the telephone, and may be answered by voice."""
