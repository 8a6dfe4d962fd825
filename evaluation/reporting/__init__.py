"""The report of a run: one page that can be sent by mail, and items for those who train."""
