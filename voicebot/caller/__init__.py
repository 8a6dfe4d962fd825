"""A caller for tests and demonstrations: rings the agent like Twilio does and speaks to it.

It speaks the protocol by itself and shares no codec with the agent, so that what it accepts is what
a telephone network would accept.
"""
