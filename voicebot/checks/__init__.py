"""What `voicebot doctor` looks at: one module for each kind of part."""
