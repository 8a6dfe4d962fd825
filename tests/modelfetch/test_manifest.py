import copy
from pathlib import Path
from typing import Any

import pytest

from voicebot.modelfetch.manifest import (
    ManifestError,
    UrlSource,
    WheelMember,
    WheelSource,
    load_manifest,
    parse_manifest,
)
from voicebot.models import MANIFEST

GOOD: dict[str, Any] = {
    "models": {
        "tiny": {
            "about": "a test",
            "licence": "MIT",
            "default": True,
            "files": [
                {
                    "name": "model.bin",
                    "size": 3,
                    "sha256": "a" * 64,
                    "sources": [
                        {"url": "https://example.org/model.bin"},
                        {"wheel": "tiny==1.0", "member": "tiny/model.bin"},
                        {
                            "join": [
                                {"wheel": "one==1.0", "member": "a"},
                                {"wheel": "two==1.0", "member": "b"},
                            ]
                        },
                    ],
                }
            ],
        }
    }
}


def test_every_kind_of_source_is_read() -> None:
    model = parse_manifest(GOOD).model("tiny")
    assert model.files[0].sources == (
        UrlSource("https://example.org/model.bin"),
        WheelSource((WheelMember("tiny==1.0", "tiny/model.bin"),)),
        WheelSource((WheelMember("one==1.0", "a"), WheelMember("two==1.0", "b"))),
    )
    assert model.size == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "A" * 64}, "sha256 must be 64 lower-case hex digits"),
        ({"size": 0}, "size must be a positive number of bytes"),
        ({"name": "../model.bin"}, "a name is letters, digits"),
        ({"name": ".."}, "a name is letters, digits"),
        ({"sources": []}, "has no source"),
        ({"sources": [{"wheel": "tiny", "member": "a"}]}, "wheel must be 'name==version'"),
        ({"sources": [{"wheel": "--evil==1", "member": "a"}]}, "wheel must be 'name==version'"),
        ({"sources": [{"url": "https://example.org", "sha": "x"}]}, "unknown key: sha"),
        ({"mode": "x"}, "unknown key: mode"),
    ],
)
def test_a_wrong_entry_is_named(change: dict[str, Any], message: str) -> None:
    data = copy.deepcopy(GOOD)
    data["models"]["tiny"]["files"][0].update(change)
    with pytest.raises(ManifestError, match=message):
        parse_manifest(data)


def test_a_model_that_nobody_knows() -> None:
    with pytest.raises(ManifestError, match="no model is called 'huge'; the manifest has: tiny"):
        parse_manifest(GOOD).model("huge")


def test_a_missing_manifest(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no model manifest at"):
        load_manifest(tmp_path / "manifest.toml")


def test_the_manifest_of_the_project() -> None:
    manifest = load_manifest(MANIFEST)
    assert set(manifest.defaults()) == {"whisper-tiny.en", "whisper-base", "silero", "smart-turn"}
    for model in manifest.models.values():
        if model.default:  # another one is fetched by whoever has read its licence
            assert model.licence in {"MIT", "BSD-2-Clause", "Apache-2.0"}
        for file in model.files:
            assert len(file.sources) >= 2, f"{model.name}/{file.name} hangs on one source"
