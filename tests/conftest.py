"""How tests are shared out among processes that run side by side (pytest-xdist).

The tests of a module stay together, so that what they share is made once; so do those of a folder
that shares a server which takes long to start. What takes longest begins first, so that no process
is still at it when the others have ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

ONE_SERVER = ("tests/system/", "tests/nlu_data/")
"""Folders with one Rasa for all their tests."""
LONGEST = ("rasa", "browser", "real")
"""The marks of what takes long, the longest first."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Hands out whole groups, in the order in which they were collected.

    The marks of xdist's own `loadgroup` get lost with this pytest: it no longer takes the name of
    a test from where they are written.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False
    return Groups(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of several: bring the groups into the order in which they begin."""
    if not hasattr(config, "workerinput"):
        return
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(group_of(item.nodeid), []).append(item)
    items[:] = [item for members in sorted(groups.values(), key=_turn) for item in members]


def group_of(nodeid: str) -> str:
    """What a test stays together with: its module, or the folder that shares a server."""
    shared = [folder for folder in ONE_SERVER if nodeid.startswith(folder)]
    return shared[0] if shared else nodeid.partition("::")[0]


def _turn(members: list[pytest.Item]) -> int:
    """The lower, the earlier a group begins."""
    if group_of(members[0].nodeid) == ONE_SERVER[0]:
        return -1
    marks = {mark.name for item in members for mark in item.iter_markers()}
    return next((at for at, name in enumerate(LONGEST) if name in marks), len(LONGEST))
