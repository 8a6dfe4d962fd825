"""The pure heart of a call: events in, commands out; no clock, socket, model or file."""
