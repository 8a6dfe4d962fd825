"""Text at the channel's door."""


def plain_speech(text: str) -> str:
    """Speech without a leading "/", out of which Rasa would read an intent."""
    return text.strip().lstrip("/ \t\r\n\u200b\ufeff")
