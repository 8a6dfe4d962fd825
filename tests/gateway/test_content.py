"""Content as plain data."""

import json
from pathlib import Path

import pytest

from gateway.content import Content, Kind


def test_it_survives_a_database_row():
    content = Content(Kind.FAX, Path("/jobs/1/in.tif"), "image/tiff", {"pages": 2, "from": "+1"})
    assert Content.from_json(json.loads(json.dumps(content.as_json()))) == content


def test_what_is_no_content_is_refused():
    with pytest.raises(ValueError, match="pigeon"):
        Content.from_json({"kind": "pigeon", "path": "x", "media_type": "", "details": {}})
