"""A conversational voice agent: a caller talks, the bot answers, an expert takes over."""

import os

# numpy's linear algebra (OpenBLAS) keeps a thread for every core, which goes on spinning for tens
# of milliseconds after each small product: beside recognition, as much work as recognition itself.
# The variable is read when numpy is imported, so it stands before everything.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
