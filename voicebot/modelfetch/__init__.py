"""Getting model files: the manifest, downloads that go on, wheels as archives, checks by hash."""
