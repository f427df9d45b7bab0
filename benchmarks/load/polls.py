"""Clients that poll the dashboard, as a process of its own: python -m benchmarks.load.polls PORT SECONDS TOKENS.

Each keeps its line, asks every three seconds, and sends back the tag of its last answer. Prints how many answers of
each status there were.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path

EVERY = 3.0
PATH = "/api/performance/dashboard"


async def poll(port: int, token: str, delay: float, deadline: float, seen: Counter[str]) -> None:
    await asyncio.sleep(delay)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    tag, due = "", time.monotonic()
    while time.monotonic() < deadline:
        head = [f"GET {PATH} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", "Accept-Encoding: gzip"]
        head += [f"If-None-Match: {tag}"] if tag else []
        writer.write("\r\n".join([*head, "", ""]).encode())
        status, headers = await answer(reader)
        seen[status] += 1
        tag = headers.get("etag", "")
        due += EVERY
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    """Status and headers; the body is read and forgotten."""
    status = (await reader.readline()).split()[1].decode()
    headers = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    await reader.readexactly(int(headers.get("content-length", 0)))
    return status, headers


async def main(port: int, seconds: float, tokens: list[str]) -> None:
    seen: Counter[str] = Counter()
    deadline = time.monotonic() + seconds
    delays = [EVERY * number / len(tokens) for number in range(len(tokens))]
    await asyncio.gather(*(poll(port, t, d, deadline, seen) for t, d in zip(tokens, delays, strict=True)))
    print(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text())))
