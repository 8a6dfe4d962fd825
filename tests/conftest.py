"""How tests are shared out among processes that run side by side (pytest-xdist's loadgroup).

The tests of a module stay together, so that what they share is made once; so do those of a folder
that shares a server which takes long to start. What takes longest begins first, so that no process
is still at it when the others have ended.
"""

from __future__ import annotations

import pytest

ONE_SERVER = ("tests/system/", "tests/nlu_data/")
"""Folders with one Rasa for all their tests."""
LONGEST = ("rasa", "browser", "real")
"""The marks of what takes long, the longest first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of several: name the group of each test, and order the groups."""
    if not hasattr(config, "workerinput"):
        return
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(group_of(item.nodeid), []).append(item)
    for name, members in groups.items():
        for item in members:
            item.add_marker(pytest.mark.xdist_group(name))
    items[:] = [item for members in sorted(groups.values(), key=_turn) for item in members]


def group_of(nodeid: str) -> str:
    """What a test stays together with: its module, or the folder that shares a server."""
    shared = [folder for folder in ONE_SERVER if nodeid.startswith(folder)]
    return shared[0].rstrip("/") if shared else nodeid.partition("::")[0]


def _turn(members: list[pytest.Item]) -> int:
    """The lower, the earlier a group begins."""
    if group_of(members[0].nodeid) == "tests/system":
        return -1
    marks = {mark.name for item in members for mark in item.iter_markers()}
    return next((at for at, name in enumerate(LONGEST) if name in marks), len(LONGEST))
