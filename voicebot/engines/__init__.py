"""Speech engines behind small protocols, loaded once per process and shared."""
