"""The pure packages import no clock, socket, event loop, file access or model library."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PURE = (
    "voicebot/conversation",
    "voicebot/audio",
    "voicebot/telephony",
    "voicebot/dialogue/replies.py",
)
FORBIDDEN = frozenset(
    "asyncio socket time datetime threading multiprocessing subprocess selectors ssl http urllib "
    "os pathlib io shutil tempfile websockets httpx requests sqlalchemy onnxruntime faster_whisper "
    "ctranslate2 torch TTS hibari rasa random secrets".split()
)


def sources() -> list[Path]:
    found = []
    for name in PURE:
        path = ROOT / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_pure_module_imports_nothing_impure(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imported(path)}
    assert not roots & FORBIDDEN
    ours = {name for name in imported(path) if name.startswith("voicebot.")}
    allowed = ("voicebot.conversation", "voicebot.audio", "voicebot.telephony")
    others = {n for n in ours if not n.startswith(allowed)} - {"voicebot.dialogue.replies"}
    assert not others


def test_importing_the_core_loads_no_model_library_and_no_socket_library() -> None:
    code = (
        "import sys, voicebot.conversation.call, voicebot.telephony.twilio, "
        "voicebot.telephony.browser, voicebot.audio.g711; "
        "print(sorted({'asyncio','websockets','httpx','onnxruntime','faster_whisper','torch'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
