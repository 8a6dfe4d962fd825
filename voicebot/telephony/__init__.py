"""Sans-I/O codecs, one per telephone network, over one event vocabulary."""
