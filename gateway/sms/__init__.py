"""Short messages: their alphabets and segments, and the ways to a mobile network."""
