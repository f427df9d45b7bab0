"""Whatever goes wrong under /api/ answers in the one envelope."""

import pytest
from rest_framework.test import APIClient

pytestmark = [pytest.mark.urls("tests.valor.urls"), pytest.mark.django_db]


def error_of(answer, status):
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["message"]
    assert all(set(item) == {"field", "value", "message", "remedy"} for item in body["error"]["details"])
    return body["error"]


def detail_of(answer, status):
    """The one problem that the answer names."""
    (item,) = error_of(answer, status)["details"]
    assert item["message"] and item["remedy"]
    return item


def post(client, text, content_type="application/json"):
    return client.post("/api/echo/", text, content_type=content_type)


class TestSuccess:
    def test_data_comes_in_the_envelope_with_gaps_as_null(self, analyst_api):
        answer = analyst_api.get("/api/echo/")
        assert answer.json() == {"success": True, "data": {"nan": None, "list": [None, 1.5]}, "meta": {}}

    def test_nothing_to_say_is_an_empty_204(self, analyst_api):
        answer = analyst_api.delete("/api/echo/")
        assert (answer.status_code, answer.content) == (204, b"")


class TestOddNames:
    @pytest.mark.parametrize("place", ["\u00b2", "9" * 5000, "-1", "1.5"])
    def test_a_field_that_looks_like_a_place_in_a_list_is_refused_like_any_other(self, operator_api, place):
        body = {"title": "x", "layout": [1], f"layout.{place}": 1}
        error_of(operator_api.post("/api/performance/dashboards/", body), 400)


class TestPaths:
    def test_a_path_answers_without_its_final_slash_and_without_a_redirect(self, analyst_api):
        assert analyst_api.get("/api/echo").status_code == 200
        assert analyst_api.post("/api/echo?x=1", {"name": "a"}).status_code == 201

    @pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/nothing/", "/api/valuations/x/y/z"])
    def test_an_unknown_path_is_404(self, api, path):
        assert error_of(api.get(path), 404)["code"] == "not_found"

    def test_pages_keep_their_redirect(self, client):
        assert client.get("/help").status_code == 301


class TestBodies:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("{", "not valid JSON"),
            ('{"name": NaN}', "NaN is not a JSON number"),
            ('{"name": -Infinity}', "-Infinity is not a JSON number"),
            ('{"name": "a", "name": "b"}', "'name' is there twice"),
            ("[" * 100_000, "nested too deeply"),
            ('{"name": ' * 500 + "1" + "}" * 500, "nested too deeply"),
            ('{"name": ' + "[" * 50 + "]" * 50 + "}", "nested too deeply"),
            (b'{"name": "\xff"}', "not UTF-8"),
            (r'{"name": "\ud800"}', "half a character"),
        ],
    )
    def test_what_is_no_json_is_400_and_says_why(self, analyst_api, text, reason):
        error = error_of(post(analyst_api, text), 400)
        assert reason in error["message"]
        (problem,) = error["details"]
        assert (problem["field"], problem["value"]) == ("body", None)
        assert problem["message"] == error["message"]
        assert problem["remedy"] == "Send one JSON document, as its standard has it and encoded as UTF-8."

    def test_what_is_nested_as_deeply_as_allowed_is_read_and_told_back(self, analyst_api):
        text = '{"name": ' + "[" * 49 + "]" * 49 + "}"
        assert detail_of(post(analyst_api, text), 400)["field"] == "name"

    def test_a_body_beyond_the_limit_is_413(self, analyst_api, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024**2
        assert error_of(post(analyst_api, '{"name": "%s"}' % ("x" * 1024**2)), 413)["code"] == "too_large"

    def test_what_is_at_fault_is_named(self, analyst_api, api, settings):
        csv = analyst_api.get("/api/echo/", HTTP_ACCEPT="text/csv")
        assert (detail_of(csv, 406)["field"], detail_of(csv, 406)["value"]) == ("Accept", "text/csv")
        form = detail_of(post(analyst_api, "name=a", "application/x-www-form-urlencoded"), 415)
        assert (form["field"], form["value"]) == ("Content-Type", "application/x-www-form-urlencoded")
        method = detail_of(analyst_api.put("/api/echo/", {}), 405)
        assert (method["field"], method["value"]) == ("method", "PUT")
        assert "POST" in method["remedy"]
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        body = detail_of(post(analyst_api, '{"name": "%s"}' % ("x" * 100)), 413)
        assert (body["field"], body["value"]) == ("body", 112)
        assert "100 bytes" in body["message"]

    def test_who_is_not_known_is_told_how_to_sign_in_and_no_secret_is_echoed(self, api):
        assert "/api/token/" in detail_of(api.get("/api/echo/"), 401)["remedy"]
        forged = detail_of(api.get("/api/echo/", HTTP_AUTHORIZATION="Bearer abc.def.ghi"), 401)
        assert (forged["field"], forged["value"]) == ("Authorization", None)
        wrong = detail_of(api.post("/api/token/", {"username": "ana", "password": "secret"}), 401)
        assert (wrong["field"], wrong["value"]) == ("body", None)

    def test_a_body_at_the_limit_is_read(self, analyst_api, settings):
        body = '{"name": "a"}'
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body)
        assert post(analyst_api, body).status_code == 201

    def test_another_media_type_is_415(self, analyst_api):
        assert error_of(post(analyst_api, "name=a", "application/x-www-form-urlencoded"), 415)["code"]

    def test_another_answer_than_json_is_406(self, analyst_api):
        assert error_of(analyst_api.get("/api/echo/", HTTP_ACCEPT="text/csv"), 406)["code"] == "not_acceptable"

    def test_a_format_that_is_not_there_is_406_and_says_which_are(self, operator_api):
        item = detail_of(operator_api.get("/api/performance/metrics/system/?format=xml"), 406)
        assert (item["field"], item["value"]) == ("format", "xml")
        assert item["remedy"] == "Use one of json, csv, or leave it out."

    def test_a_format_that_does_not_fit_what_is_accepted_is_not_blamed(self, operator_api):
        answer = operator_api.get("/api/performance/metrics/system/?format=csv", HTTP_ACCEPT="application/json")
        item = detail_of(answer, 406)
        assert (item["field"], item["value"]) == ("Accept", "application/json")
        assert item["remedy"] == "Send Accept: text/csv, or no such header."

    @pytest.mark.parametrize(
        ("address", "body", "field", "words"),
        [
            ("/api/performance/monitoring/", {"state": "off"}, "state", "running, paused"),
            ("/api/performance/alerts/?severity=bad", None, "severity", "info, warning, critical"),
        ],
    )
    def test_who_chooses_what_is_not_there_is_told_what_is(self, operator_api, address, body, field, words):
        answer = operator_api.post(address, body) if body else operator_api.get(address)
        item = detail_of(answer, 400)
        assert item["field"] == field
        assert words in item["message"]
        assert item["remedy"] == "Use one of these."

    def test_who_leaves_a_field_out_is_told_to_add_it(self, analyst_api):
        assert detail_of(post(analyst_api, "{}"), 400)["remedy"] == "Add it, and send the request again."

    def test_who_may_not_is_told_which_role_may(self, analyst_api):
        item = detail_of(analyst_api.get("/api/performance/alerts/"), 403)
        assert item["field"] == "role"
        assert item["message"] == "Only operators may do this: sign in as one, or ask for the role."

    def test_who_asks_too_often_is_told_when_to_ask_again(self, analyst_api, settings):
        settings.API_RATES = {**settings.API_RATES, "heavy": "1/m"}
        post(analyst_api, '{"name": "a"}')
        item = detail_of(post(analyst_api, '{"name": "a"}'), 429)
        assert (item["field"], item["value"]) == ("rate", 1)
        assert "Retry-After" in item["remedy"]

    def test_each_field_at_fault_is_named_with_its_value_and_remedy(self, analyst_api):
        error = error_of(analyst_api.post("/api/echo/", {"name": "too long", "sizes": [1, "x"]}), 400)
        assert error["code"] == "invalid"
        found = {item["field"]: item for item in error["details"]}
        assert set(found) == {"name", "sizes.1"}
        assert found["name"]["value"] == "too long"
        assert found["sizes.1"]["value"] == "x"
        assert all(item["message"] and item["remedy"] for item in found.values())

    @pytest.mark.parametrize(("text", "value"), [('["a"]', ["a"]), ("[]", []), ("5", 5)])
    def test_a_body_of_the_wrong_shape_is_400(self, analyst_api, text, value):
        (problem,) = error_of(post(analyst_api, text), 400)["details"]
        assert (problem["field"], problem["value"]) == ("body", value)


class TestPages:
    @pytest.mark.parametrize("size", ["0", "-1", "abc", "", "1.5", "201", "1000000000", "9" * 400, "\u0665"])
    def test_a_size_that_no_page_has_is_refused_with_the_limit(self, analyst_api, size):
        item = detail_of(analyst_api.get("/api/jobs/", {"page_size": size}), 400)
        assert (item["field"], item["value"]) == ("page_size", size[:80])
        assert item["remedy"] == "Give a whole number from 1 to 200."

    @pytest.mark.parametrize("page", ["0", "-1", "abc", "", "1.5", "9" * 400])
    def test_what_is_no_page_is_refused(self, analyst_api, page):
        item = detail_of(analyst_api.get("/api/jobs/", {"page": page}), 400)
        assert (item["field"], item["value"]) == ("page", page[:80])

    def test_a_page_beyond_the_last_is_404_and_says_how_many_there_are(self, analyst_api):
        item = detail_of(analyst_api.get("/api/jobs/?page=2"), 404)
        assert (item["field"], item["value"], item["message"]) == ("page", 2, "There is only page 1.")

    @pytest.mark.parametrize("query", ["", "?page=1", "?page=last", "?page_size=1", "?page_size=200"])
    def test_the_others_are_answered(self, analyst_api, query):
        assert analyst_api.get("/api/jobs/" + query).json()["meta"]["page"]["number"] == 1

    def test_the_most_items_of_a_page_are_documented(self, api):
        operation = api.get("/api/schema/", HTTP_ACCEPT="application/json").json()["paths"]["/api/jobs/"]["get"]
        said = {item["name"]: item["description"] for item in operation["parameters"]}
        assert "1 to 200" in said["page_size"]
        assert "404" in said["page"]


class TestErrors:
    @pytest.mark.parametrize(
        ("kind", "status", "code"),
        [
            ("forbidden", 403, "forbidden"),
            ("missing", 404, "not_found"),
            ("conflict", 409, "conflict"),
            ("invalid", 400, "invalid"),
            ("suspicious", 400, "invalid"),
            ("broken", 500, "server_error"),
        ],
    )
    def test_every_error_has_its_status_and_code(self, analyst_api, kind, status, code):
        analyst_api.raise_request_exception = False
        assert error_of(analyst_api.get(f"/api/fails/{kind}/"), status)["code"] == code

    def test_a_fault_gives_nothing_away(self, analyst_api):
        analyst_api.raise_request_exception = False
        assert "secret" not in analyst_api.get("/api/fails/broken/").text

    def test_our_own_errors_name_field_and_remedy_and_no_nan(self, analyst_api):
        (item,) = error_of(analyst_api.get("/api/fails/invalid/"), 400)["details"]
        assert item == {
            "field": "inputs.growth",
            "value": None,
            "message": "NaN is no number.",
            "remedy": "Type a percentage.",
        }

    def test_a_wrong_method_is_405_and_names_the_right_ones(self, analyst_api):
        answer = analyst_api.put("/api/echo/", {})
        assert error_of(answer, 405)["code"] == "method_not_allowed"
        assert "POST" in answer.headers["Allow"]

    def test_anonymous_callers_are_401_with_the_scheme(self, api):
        answer = api.get("/api/echo/")
        assert error_of(answer, 401)["code"] == "not_authenticated"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_a_session_without_the_csrf_token_is_403(self, analyst):
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(analyst)
        assert "CSRF" in error_of(client.post("/api/echo/", {"name": "a"}), 403)["message"]


class TestRates:
    def test_too_many_requests_are_429_with_the_time_to_wait(self, analyst_api, settings):
        settings.API_RATES = settings.API_RATES | {"heavy": "2/m"}
        for left in ("1", "0"):
            answer = analyst_api.post("/api/echo/", {"name": "a"})
            assert answer.headers["X-RateLimit-Limit"] == "2"
            assert answer.headers["X-RateLimit-Remaining"] == left
        refused = analyst_api.post("/api/echo/", {"name": "a"})
        assert error_of(refused, 429)["code"] == "rate_limited"
        assert 0 < int(refused.headers["Retry-After"]) <= 60

    def test_reading_has_a_budget_of_its_own(self, analyst_api, settings):
        settings.API_RATES = settings.API_RATES | {"heavy": "1/m"}
        analyst_api.post("/api/echo/", {"name": "a"})
        assert analyst_api.post("/api/echo/", {"name": "a"}).status_code == 429
        assert analyst_api.get("/api/echo/").status_code == 200

    def test_each_user_has_a_budget_of_their_own(self, analyst_api, operator_api, settings):
        settings.API_RATES = settings.API_RATES | {"heavy": "1/m"}
        analyst_api.post("/api/echo/", {"name": "a"})
        assert operator_api.post("/api/echo/", {"name": "a"}).status_code == 201
