"""Other frameworks as voice agents, to be compared with; each runs in an environment of its own."""
