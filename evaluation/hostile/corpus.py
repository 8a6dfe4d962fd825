"""The whole corpus, in a fixed order."""

from __future__ import annotations

from evaluation.hostile import (
    archives,
    calls,
    documents,
    drawings,
    enclosed,
    mails,
    messages,
    mutations,
    rasters,
    senders,
    sounds,
    talks,
    texts,
)
from evaluation.hostile.inputs import Input


def corpus(each: int = 8) -> tuple[Input, ...]:
    """All inputs, with `each` mutations of every kind of file; names are unique in a group."""
    return (
        *texts.inputs(),
        *messages.inputs(),
        *archives.inputs(),
        *rasters.inputs(),
        *documents.inputs(),
        *drawings.inputs(),
        *sounds.inputs(),
        *mails.inputs(),
        *senders.inputs(),
        *enclosed.inputs(),
        *talks.inputs(),
        *calls.inputs(),
        *mutations.inputs(each),
    )


def sample(most: int = 100) -> tuple[Input, ...]:
    """Of every group the first `most` inputs that are quick."""
    found: list[Input] = []
    for one in corpus(1):
        if one.quick and sum(other.group == one.group for other in found) < most:
            found.append(one)
    return tuple(found)
