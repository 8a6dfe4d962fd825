"""Pure audio: G.711, frames, resampling, tones."""
