"""Telephone lines for jobs: the worker asks the agent, which has the lines, to use them.

A call outlives the worker that asked for it, and what came of it is kept: a worker that was killed
in the middle asks again and learns how it ended. See `gateway.lines.messages` for what is said.
"""
