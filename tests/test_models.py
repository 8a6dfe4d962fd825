import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from voicebot import models
from voicebot.modelfetch.manifest import Manifest, Model, ModelFile, UrlSource
from voicebot.models import (
    FileState,
    ModelMissing,
    ModelStore,
    ModelUnavailable,
    NoRoom,
    main,
    required_models,
)

CONTENT = b"weights"


def a_file(name: str, folder: Path, content: bytes = CONTENT) -> ModelFile:
    sha256 = hashlib.sha256(content).hexdigest()
    return ModelFile(name, len(content), sha256, (UrlSource("https://models.invalid/x"),))


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    single = Model("single", "", "MIT", True, (a_file("one.onnx", tmp_path),))
    folder = Model(
        "folder", "", "MIT", False, (a_file("a.bin", tmp_path), a_file("b.json", tmp_path))
    )
    return ModelStore(tmp_path, Manifest({"single": single, "folder": folder}))


def put(store: ModelStore, name: str, content: bytes = CONTENT) -> None:
    path = store.directory / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def test_the_path_of_a_single_file_is_the_file(store: ModelStore) -> None:
    put(store, "single/one.onnx")
    assert store.path("single") == store.directory / "single" / "one.onnx"


def test_the_path_of_several_files_is_their_folder(store: ModelStore) -> None:
    put(store, "folder/a.bin")
    put(store, "folder/b.json")
    assert store.path("folder") == store.directory / "folder"


def test_a_missing_model_says_how_to_get_it(store: ModelStore) -> None:
    put(store, "folder/a.bin")
    with pytest.raises(ModelMissing, match=r"\(b\.json\); run `python -m voicebot\.models --fetch"):
        store.path("folder")


def test_verify_reads_the_content(store: ModelStore) -> None:
    put(store, "folder/a.bin")
    put(store, "folder/b.json", b"WEIGHTS")
    assert store.status()[1].ready
    assert store.verify("folder").files == {"a.bin": FileState.RIGHT, "b.json": FileState.DAMAGED}


def test_nothing_is_fetched_when_all_is_there(store: ModelStore) -> None:
    put(store, "single/one.onnx")
    store.fetch(["single"])
    assert [path.name for path in store.directory.iterdir()] == ["single"]


def test_a_fetch_in_vain_leaves_nothing_behind(store: ModelStore) -> None:
    with pytest.raises(ModelUnavailable, match=r"single/one\.onnx"):
        store.fetch(["single"])
    assert list((store.directory / "single").iterdir()) == []


def test_a_full_disk_is_said_before_anything_is_fetched(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "free_bytes", lambda directory: 3)
    with pytest.raises(NoRoom, match="set VOICEBOT_MODELS_DIR to another disk"):
        store.fetch(["single"])


@dataclass
class Turns:
    semantic: bool


@dataclass
class Wanted:
    whisper_model: str
    turns: Turns


def test_what_the_settings_need_is_in_the_manifest(tmp_path: Path) -> None:
    manifest = ModelStore(tmp_path).manifest
    for name in ("tiny.en", "base"):
        for required in required_models(Wanted(name, Turns(semantic=True))):
            manifest.model(required)


def test_the_end_of_turn_model_is_needed_only_where_it_is_asked() -> None:
    assert "smart-turn" in required_models(Wanted("base", Turns(semantic=True)))
    assert "smart-turn" not in required_models(Wanted("base", Turns(semantic=False)))


def test_the_command_lists_all_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--directory", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "whisper-tiny.en" in shown
    assert "not here (default)" in shown


def test_the_command_says_what_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--fetch", "huge", "--directory", str(tmp_path)]) == 1
    assert "no model is called 'huge'" in capsys.readouterr().err


def test_the_command_fails_on_a_damaged_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ModelStore(tmp_path).manifest.model("silero").files[0].size
    (tmp_path / "silero").mkdir()
    (tmp_path / "silero" / "silero_vad.onnx").write_bytes(bytes(size))
    assert main(["--verify", "--directory", str(tmp_path)]) == 1
    assert "silero_vad.onnx damaged" in capsys.readouterr().out
