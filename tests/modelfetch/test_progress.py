import io

from voicebot.modelfetch import progress as module
from voicebot.modelfetch.progress import PlainProgress, progress_for


def test_plain_lines_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    progress = progress_for(stream)
    assert isinstance(progress, PlainProgress)
    progress.start("model.bin", 2_000_000, 500_000)
    progress.advance(1000)
    progress.finish()
    assert stream.getvalue() == "  model.bin (2.0 MB), going on at 0.5 MB\n"


def test_a_long_download_says_how_far_it_is(monkeypatch) -> None:
    monkeypatch.setattr(module, "PLAIN_INTERVAL", 0.0)
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.start("model.bin", None)
    progress.advance(1_500_000)
    assert stream.getvalue() == "  model.bin\n  model.bin: 1.5 MB\n"
