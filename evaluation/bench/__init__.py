"""Benchmarks of the live agent: real recordings over the real socket, timed from the audio."""
