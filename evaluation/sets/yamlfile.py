"""YAML files with the line of every key, so that messages can name it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from evaluation.sets.problems import Problems, SetError, refused

LARGEST: Final = 16_000_000
"""Bytes of a file."""


def read_text(path: Path, largest: int = LARGEST) -> str:
    """The text of a file. Raises SetError: missing, larger than `largest` bytes, no UTF-8."""
    try:
        size = path.stat().st_size
        if size > largest:
            raise refused(path, f"has {size} bytes; at most {largest} are read")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise refused(path, f"can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise refused(path, f"byte {error.start + 1} is no UTF-8") from None


def read_mapping(path: Path, problems: Problems) -> tuple[dict[str, Any], dict[str, str]]:
    """The mapping that a YAML file is, and file and line of each of its keys.

    Keys that are given twice go to `problems`. Raises SetError where there is no mapping.
    """
    loader = yaml.SafeLoader(read_text(path))
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise refused(path, "has to be a mapping: `name: value`, one a line")
        lines: dict[str, str] = {}
        for key, _ in node.value:
            where = f"{path}:{key.start_mark.line + 1}"
            if key.value in lines:
                problems.add(where, f"{key.value} is given twice")
            lines[str(key.value)] = where
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise refused(located(path, error), f"no YAML: {error.problem}") from None
    except SetError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise refused(path, f"no YAML: {error}") from None
    finally:
        loader.dispose()
    return {str(key): value for key, value in data.items()}, lines


def located(path: Path, error: yaml.MarkedYAMLError) -> str:
    """Where a YAML file is wrong."""
    mark = error.problem_mark
    return str(path) if mark is None else f"{path}:{mark.line + 1}"
