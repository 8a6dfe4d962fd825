"""The gateway's REST interface."""
