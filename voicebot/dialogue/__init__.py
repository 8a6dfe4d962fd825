"""The dialogue engine seen from the call: ask, tell, end; and replies made speakable."""
