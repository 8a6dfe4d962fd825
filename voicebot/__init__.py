"""A conversational voice agent: a caller talks, the bot answers, an expert takes over."""

import os

# What libraries read when they are loaded, so it stands before everything.
#
# numpy's linear algebra (OpenBLAS) keeps a thread for every core, which goes on spinning for tens
# of milliseconds after each small product: beside recognition, as much work as recognition itself.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Recognition (CTranslate2 on oneDNN) keeps what it prepared for each length of audio, a thousand of
# them: 80 MB after some hundred calls. With a few it is as quick, and does not grow.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")
