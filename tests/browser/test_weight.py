"""What a first visit costs: every byte that comes over the wire, headers included, with nothing cached."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
BUDGET = 150_000


def transferred(visitor, path: str, *, cleared: bool = True) -> tuple[int, dict[str, str]]:
    """Bytes of the page and all that it loads by itself, and how each of them was encoded."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    if cleared:
        session.send("Network.clearBrowserCache")
    sizes: list[int] = []
    encodings: dict[str, str] = {}
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    session.on(
        "Network.responseReceived",
        lambda event: encodings.update(
            {event["response"]["url"]: event["response"]["headers"].get("Content-Encoding", "")}
        ),
    )
    visitor.go(path)
    visitor.page.wait_for_load_state("networkidle")
    session.detach()
    return sum(sizes), encodings


def workbench(visitor) -> str:
    """The address of a valuation, made for the purpose."""
    visitor.go("/")
    visitor.page.get_by_role("link", name="Alphabet").first.click()
    visitor.page.get_by_role("button", name="Value it").first.click()
    visitor.page.wait_for_url("**/valuations/*/")
    return str(visitor.page.url.removeprefix(visitor.product.url))


@pytest.mark.parametrize(("name", "path"), [("analyst", "/"), ("operator", "/performance/"), ("analyst", "workbench")])
def test_a_first_page_stays_within_its_budget(visitor, name, path):
    visitor.sign_in(name)
    size, encodings = transferred(visitor, workbench(visitor) if path == "workbench" else path)
    print(f"{path}: {size:,} bytes in {len(encodings)} answers")
    assert 10_000 < size < BUDGET
    assert encodings[visitor.page.url] == "gzip"
    files = [encoding for url, encoding in encodings.items() if "/static/" in url and url.endswith((".js", ".css"))]
    assert files.count("gzip") > len(files) / 2


def test_a_second_visit_costs_the_page_alone(visitor):
    visitor.sign_in("operator")
    first, _ = transferred(visitor, "/performance/")
    second, _ = transferred(visitor, "/performance/", cleared=False)
    assert second < first / 2
