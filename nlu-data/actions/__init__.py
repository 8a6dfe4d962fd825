"""Custom actions of the bank: what the dialogue does, and the database it does it to."""
