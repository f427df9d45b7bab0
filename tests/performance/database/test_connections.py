"""A fork takes no connection to PostgreSQL along, and who must not wait for the pool asks beside it."""

from __future__ import annotations

import os

import pytest
from django.db import OperationalError, connection, connections

from performance.database.connections import beside_the_pool, forget

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="Only a server's sockets are shared by a fork."),
]


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def in_a_fork(work) -> str:
    """What *work* returns in a forked child."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, str(work()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def test_a_child_opens_a_connection_of_its_own_and_its_parents_lives_on():
    ours = backend()
    theirs = in_a_fork(backend)
    assert theirs.isdigit()
    assert int(theirs) != ours
    assert backend() == ours


def test_a_child_has_a_pool_of_its_own_and_its_parents_lives_on():
    connection.close()
    pooled = connection.copy()
    pooled.settings_dict["CONN_MAX_AGE"] = 0
    pooled.settings_dict["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 1}}
    original = connections["default"]
    connections["default"] = pooled
    try:
        ours = backend()
        pooled.close()
        theirs = in_a_fork(backend)
        assert theirs.isdigit()
        assert int(theirs) != ours
        assert backend() == ours
    finally:
        pooled.close()
        pooled.close_pool()
        connections["default"] = original


def test_forgetting_closes_nothing():
    backend()
    kept = connection.connection
    forget()
    assert connection.connection is None
    assert not kept.closed
    kept.close()


def test_beside_the_pool_one_asks_although_the_pool_is_used_up(monkeypatch):
    usual = connection.copy()
    usual.settings_dict["OPTIONS"] = usual.settings_dict["OPTIONS"] | {
        "pool": {"min_size": 1, "max_size": 1, "timeout": 0.2}
    }
    usual.settings_dict["CONN_MAX_AGE"] = 0
    monkeypatch.setattr(type(usual), "_connection_pools", {})
    before = connections["default"]
    connections["default"] = usual.copy()
    try:
        usual.ensure_connection()
        with pytest.raises(OperationalError):
            connections["default"].ensure_connection()
        with beside_the_pool("default"), connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
        assert connections["default"].settings_dict["OPTIONS"]["pool"]
    finally:
        usual.close()
        usual.close_pool()
        connections["default"] = before
