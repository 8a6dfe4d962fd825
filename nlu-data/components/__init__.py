"""Rasa components of this project: intent classifier, value extractor, input channel."""
