"""Hostile files and messages: made, thrown at the gateway, and what came of each judged."""
