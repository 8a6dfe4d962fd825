from __future__ import annotations

from pathlib import Path

import pytest

from gateway.jobs.settings import database_address

HERE = "sqlite:////data/gateway/jobs.sqlite"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("", HERE),
        ("sqlite+aiosqlite:////x.sqlite", HERE),
        ("postgresql+asyncpg://a:b@c:5432/d?e=f", "postgresql://a:b@c:5432/d?e=f"),
        ("postgresql://c/d", "postgresql://c/d"),
        ("postgres://c/d", "postgresql://c/d"),
    ],
)
def test_jobs_are_kept_where_the_record_is_kept_if_that_is_postgresql(url, address):
    assert database_address(url, Path("/data")) == address
