"""An independent receiver: a process that writes down every message it gets, and then says so.

It knows nothing of the gateway. A message is one line, `key text`; the answer is `ok`. The answer
comes a little later than the message was written down, as it is with every real receiver: killed
in between, a sender can't know.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path
from typing import Final

_SLOWEST: Final = 0.08  # seconds from writing down to answering


async def receive(record: Path, seed: int) -> None:
    """Serve for ever; prints the port."""
    chance = random.Random(seed)  # noqa: S311 - how late an answer comes is no secret
    file = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line.endswith(b"\n"):
            os.write(file, line)
            await asyncio.sleep(chance.uniform(0, _SLOWEST))
            writer.write(b"ok\n")
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def received(record: Path) -> list[str]:
    """The keys of all messages, in the order in which they came."""
    if not record.exists():
        return []
    return [line.partition(" ")[0] for line in record.read_text().splitlines()]


if __name__ == "__main__":
    asyncio.run(receive(Path(sys.argv[1]), int(sys.argv[2])))
