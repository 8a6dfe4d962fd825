"""What callers say, turned into values: pure functions without Rasa, shared by both servers."""
