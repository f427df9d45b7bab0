import pytest

PASSWORD = "correct horse battery"


@pytest.fixture
def pair(api, analyst):
    return api.post("/api/token/", {"username": "ana", "password": PASSWORD}).json()["data"]


def test_name_and_password_give_a_token_that_opens_the_api(api, pair):
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    answer = api.get("/api/account/")
    assert answer.status_code == 200
    assert answer.json()["data"]["username"] == "ana"
    assert answer.json()["data"]["roles"] == ["analyst"]


def test_without_a_token_the_answer_is_401_and_names_the_scheme(api):
    answer = api.get("/api/account/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == "not_authenticated"


def test_a_forged_token_is_401(api, pair):
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}x")
    answer = api.get("/api/account/")
    assert answer.status_code == 401
    assert answer.json()["success"] is False


def test_the_token_of_somebody_switched_off_is_401(api, pair, analyst):
    analyst.is_active = False
    analyst.save()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert api.get("/api/account/").status_code == 401


@pytest.mark.parametrize("body", [{"username": "ana", "password": "wrong"}, {"username": "nobody", "password": "x"}])
def test_wrong_credentials_are_401_in_the_envelope(api, analyst, body):
    answer = api.post("/api/token/", body)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_authenticated"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_missing_fields_are_named(api, db):
    answer = api.post("/api/token/", {"username": ["ana"]})
    assert answer.status_code == 400
    assert {item["field"] for item in answer.json()["error"]["details"]} == {"username", "password"}


def test_a_password_is_never_sent_back(api, db):
    answer = api.post("/api/token/", {"username": "ana", "password": "hush\u0000"})
    assert answer.status_code == 400
    assert "hush" not in answer.text
    assert answer.json()["error"]["details"][0]["field"] == "password"


def test_a_refresh_token_works_once(api, pair):
    first = api.post("/api/token/refresh/", {"refresh": pair["refresh"]})
    assert set(first.json()["data"]) == {"access", "refresh"}
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert api.post("/api/token/refresh/", {"refresh": first.json()["data"]["refresh"]}).status_code == 200


def test_the_refresh_token_of_a_deleted_user_is_401(api, pair, analyst):
    analyst.delete()
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401


def test_a_token_given_back_is_no_longer_valid(api, pair):
    assert api.post("/api/token/verify/", {"token": pair["refresh"]}).status_code == 200
    assert api.post("/api/token/blacklist/", {"refresh": pair["refresh"]}).status_code == 200
    assert api.post("/api/token/verify/", {"token": pair["refresh"]}).status_code == 401
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401


def test_attempts_are_limited_by_address(api, analyst, settings):
    settings.API_RATES = settings.API_RATES | {"sign_in": "3/m"}
    for _ in range(3):
        assert api.post("/api/token/", {"username": "ana", "password": "wrong"}).status_code == 401
    refused = api.post("/api/token/", {"username": "other", "password": "wrong"})
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limited"
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    elsewhere = api.post("/api/token/", {"username": "ana", "password": PASSWORD}, REMOTE_ADDR="10.0.0.9")
    assert elsewhere.status_code == 200


@pytest.mark.parametrize("path", ["/api/token/", "/api/token/refresh/", "/api/token/verify/", "/api/token/blacklist/"])
def test_tokens_are_asked_for_by_post_only(api, db, path):
    answer = api.get(path)
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_an_operator_and_a_superuser_see_their_roles(operator_api, operator):
    assert operator_api.get("/api/account/").json()["data"]["roles"] == ["operator"]
    operator.is_superuser = True
    assert operator_api.get("/api/account/").json()["data"]["roles"] == ["analyst", "operator"]
