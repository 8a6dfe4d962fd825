"""Text becomes a voice: documents and SSML, read by a choice of voices, in audio files."""
