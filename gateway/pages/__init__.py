"""Text set on pages, pages drawn for a fax, and pages read again."""
