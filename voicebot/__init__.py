"""A conversational voice agent: a caller talks, the bot answers, an expert takes over."""
