"""Coqui in a process of its own: what runs in the environment .venv-coqui, as a program.

    python coqui_child.py MODEL.pth CONFIG.json

It imports nothing of this project. Requests come on standard input, answers go to standard output,
as frames: a byte that says what it is, four bytes of length (big-endian), so many bytes.

    to it     T  JSON {"text", "speed", "speaker", "language"}
    from it   R  JSON {"rate", "name"}: it is ready
              A  16-bit little-endian audio of a text, all of it
              X  a message: this text can't be said, or (before R) the model can't be loaded
"""

from __future__ import annotations

import importlib.machinery
import json
import os
import struct
import sys
import types
from typing import Any, BinaryIO, Final

_HEAD: Final = struct.Struct(">cI")
_LARGEST: Final = 1 << 16  # bytes of a request


def main(model: str, config: str) -> int:
    """Serve requests until standard input ends."""
    # Whatever a library prints must not get between the frames.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        synthesizer = _load(model, config)
    except Exception as error:  # noqa: BLE001  # whatever it is, the other side has to know
        _send(out, b"X", f"{type(error).__name__}: {error}".encode())
        return 1
    ready = {"rate": int(synthesizer.output_sample_rate), "name": type(synthesizer).__name__}
    _send(out, b"R", json.dumps(ready).encode())
    while (request := _receive(sys.stdin.buffer)) is not None:
        try:
            _send(out, b"A", _say(synthesizer, request))
        except Exception as error:  # noqa: BLE001  # one text that fails is not the end
            _send(out, b"X", f"{type(error).__name__}: {error}".encode())
    return 0


def _load(model: str, config: str) -> Any:
    without_audio_files()
    import torch
    from TTS.utils.synthesizer import Synthesizer

    torch.set_num_threads(1)
    torch.manual_seed(1)
    return Synthesizer(tts_checkpoint=model, tts_config_path=config, use_cuda=False)


def without_audio_files() -> None:
    """Stand-ins for two modules that Coqui wants at import and that only read audio files.

    torchaudio's compiled part exists for some builds of torch only; torchcodec needs libraries of
    ffmpeg.
    """
    for name in ("torchaudio._extension", "torchcodec"):
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__dict__.update(_IS_TORCHAUDIO_EXT_AVAILABLE=False, __version__="0")
        module.__dict__["fail_if_no_align"] = lambda function: function
        sys.modules[name] = module


def _say(synthesizer: Any, request: dict[str, Any]) -> bytes:
    import numpy as np
    import torch

    torch.manual_seed(1)  # the same text is the same audio
    network = synthesizer.tts_model
    usual = getattr(network, "length_scale", None)
    if usual is not None:
        network.length_scale = usual / float(request["speed"])
    try:
        with torch.inference_mode():
            wave = synthesizer.tts(
                request["text"],
                speaker_name=request.get("speaker") or "",
                language_name=request.get("language") or None,
                split_sentences=False,
            )
    finally:
        if usual is not None:
            network.length_scale = usual
    samples = np.asarray(wave, np.float32)
    samples = samples / max(1.0, float(np.max(np.abs(samples), initial=0.0)))
    return bytes(np.rint(samples * 32767.0).astype("<i2").tobytes())


def _send(out: BinaryIO, kind: bytes, content: bytes) -> None:
    out.write(_HEAD.pack(kind, len(content)) + content)
    out.flush()


def _receive(source: BinaryIO) -> dict[str, Any] | None:
    head = source.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, length = _HEAD.unpack(head)
    if kind != b"T" or length > _LARGEST:
        raise ValueError("this is no request")
    request = json.loads(source.read(length))
    if not isinstance(request, dict):
        raise TypeError("this is no request")
    return request


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
