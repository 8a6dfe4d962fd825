"""The record of calls in a database, and its migrations."""
