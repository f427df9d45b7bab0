"""What is worth it is sent compressed; what is made for one caller is kept by nobody else."""

from __future__ import annotations

import gzip
import re

import pytest

ZIPPED = {"Accept-Encoding": "gzip, deflate, br"}
LARGE = "/api/performance/metrics/"


def parts(header: str) -> set[str]:
    return {part.strip() for part in header.split(",")}


@pytest.mark.parametrize("path", ["/help/", "/api/schema/", LARGE])
def test_large_answers_are_compressed(client, operator, path):
    client.force_login(operator)
    plain = client.get(path)
    answer = client.get(path, headers=ZIPPED)
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < len(plain.content) / 2
    assert int(answer["Content-Length"]) == len(answer.content)
    assert "Accept-Encoding" in parts(answer["Vary"]) & parts(plain["Vary"])
    assert len(gzip.decompress(answer.content)) == len(plain.content)


def test_csv_is_compressed(client, operator):
    client.force_login(operator)
    path = "/api/performance/metrics/system/?format=csv&range=1h"
    assert len(client.get(path).content) < 1000
    assert "Content-Encoding" not in client.get(path, headers=ZIPPED)


@pytest.mark.parametrize("path", ["/api/account/", "/api/nothing/", "/api/performance/health/"])
def test_small_ones_are_not(client, operator, path):
    client.force_login(operator)
    assert "Content-Encoding" not in client.get(path, headers=ZIPPED)


def test_who_does_not_ask_gets_it_plain(client, db):
    assert "Content-Encoding" not in client.get("/help/")


def test_the_length_of_an_answer_tells_no_secret(client, analyst):
    """BREACH: the token in the page differs each time, and so does the padding of the compressed answer."""
    client.force_login(analyst)
    pages = [gzip.decompress(client.get("/account/", headers=ZIPPED).content).decode() for _ in range(2)]
    tokens = [re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', page)[0] for page in pages]
    assert tokens[0] != tokens[1]
    answers = [client.get(LARGE, headers=ZIPPED) for _ in range(12)]
    assert len({gzip.decompress(answer.content) for answer in answers}) == 1
    assert len({len(answer.content) for answer in answers}) > 1


class TestConditional:
    def test_an_answer_that_did_not_change_is_304(self, operator_api):
        first = operator_api.get(LARGE)
        again = operator_api.get(LARGE, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert again["X-RateLimit-Limit"]
        assert again["X-Request-ID"]

    def test_a_read_has_no_precondition(self, operator_api):
        answer = operator_api.get(LARGE, headers={"If-Match": '"another"'})
        assert (answer.status_code, answer.json()["success"]) == (200, True)

    def test_so_it_is_when_it_was_compressed(self, operator_api):
        first = operator_api.get(LARGE, headers=ZIPPED)
        assert first["ETag"].startswith('W/"')
        assert operator_api.get(LARGE, headers=ZIPPED | {"If-None-Match": first["ETag"]}).status_code == 304

    def test_another_answer_has_another_tag(self, operator_api):
        first = operator_api.get("/api/performance/thresholds/")
        row = first.json()["data"][0]
        operator_api.patch(f"/api/performance/thresholds/{row['id']}/", {"duration": row["duration"] + 1})
        again = operator_api.get("/api/performance/thresholds/", headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 200
        assert again["ETag"] != first["ETag"]

    def test_head_is_answered_alike(self, operator_api):
        tag = operator_api.get(LARGE)["ETag"]
        assert operator_api.head(LARGE, headers={"If-None-Match": tag}).status_code == 304

    def test_a_write_has_none(self, operator_api):
        answer = operator_api.post("/api/performance/monitoring/", {"interval": 30})
        assert "ETag" not in answer
        assert answer["Cache-Control"] == "no-store"


class TestPrivate:
    def test_a_read_is_for_its_caller_and_asked_for_again(self, operator_api):
        answer = operator_api.get(LARGE)
        assert parts(answer["Cache-Control"]) == {"private", "no-cache"}
        assert {"Authorization", "Cookie"} <= parts(answer["Vary"])

    @pytest.mark.django_db
    def test_tokens_and_refusals_are_kept_nowhere(self, api, analyst):
        body = {"username": analyst.username, "password": "correct horse battery"}
        assert api.post("/api/token/", body)["Cache-Control"] == "no-store"
        assert api.get("/api/account/")["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("path", ["/account/", "/", "/performance/"])
    def test_pages_are_for_their_visitor(self, client, analyst, path):
        client.force_login(analyst)
        assert "private" in parts(client.get(path)["Cache-Control"])
