"""Every page of ours: who sees it, and by which address. What is no page is written down with its reason.

``tests/browser/test_sitemap.py`` walks the URL conf and refuses an address that is in neither list.
"""

from __future__ import annotations

from dataclasses import dataclass

EVERYBODY = ["/help/", "/nothing/here/"]


@dataclass(frozen=True)
class Place:
    """*status* is what the address answers; everything else that is asked for on the way is to go well.

    *click* names a button that leads on to a page which has no address of its own.
    """

    person: str
    address: str
    click: str = ""
    status: int = 200

    def __str__(self) -> str:
        return f"{self.person} {self.address}{' > ' if self.click else ''}{self.click}"


PAGES = {
    "nobody": ["/sign-in/", *EVERYBODY],
    "analyst": [
        "/",
        "/companies/",
        "/companies/{company}/",
        "/companies/import/",
        "/valuations/{valuation}/",
        "/valuations/{valuation}/runs/{run}/",
        "/valuations/{valuation}/delete/",
        "/portfolios/",
        "/portfolios/new/",
        "/portfolios/{portfolio}/",
        "/portfolios/{portfolio}/after/stress/",
        "/portfolios/{portfolio}/compare/",
        "/portfolios/{portfolio}/delete/",
        "/portfolios/{portfolio}/results/{weights}/",
        "/portfolios/{portfolio}/results/{backtest}/",
        "/portfolios/{portfolio}/results/{weights}/delete/",
        "/prices/",
        "/prices/import/",
        "/prices/imports/{draft}/",
        "/prices/imports/{price_import}/",
        "/prices/{prices}/",
        "/prices/{prices}/?view=quality",
        "/prices/{prices}/?view=statistics&benchmark=AAA",
        "/prices/{prices}/?view=statistics&benchmark=NONE",
        "/prices/{prices}/?view=correlation",
        "/prices/{prices}/AAA/",
        "/prices/{prices}/AAA/remove/",
        "/prices/{prices}/clean/",
        "/prices/{prices}/delete/",
        "/jobs/",
        "/jobs/{job}/",
        "/performance/",
        "/performance/queries/",
        "/performance/dashboards/",
        "/performance/dashboards/{dashboard}/",
        "/performance/dashboards/{dashboard}/edit/",
        "/performance/dashboards/{dashboard}/edit/add/series/",
        "/performance/dashboards/{dashboard}/edit/w2/",
        "/account/",
        "/account/password/",
        *EVERYBODY,
    ],
    "operator": [
        "/",
        "/jobs/",
        "/jobs/?state=failed",
        "/jobs/?state=asleep",
        "/jobs/{job}/",
        "/performance/",
        "/performance/?range=24h&compare=day",
        "/performance/?from=now-20m&to=now-5m",
        "/performance/?range=century",
        "/performance/workers/",
        "/performance/database/",
        "/performance/queries/",
        "/performance/queries/{fingerprint}/",
        "/performance/cache/",
        "/performance/requests/",
        "/performance/processes/",
        "/performance/hosts/",
        "/performance/dashboards/",
        "/performance/dashboards/{dashboard}/",
        "/performance/sampling/",
        "/performance/alerts/",
        "/performance/alerts/?severity=awful",
        "/performance/alerts/{alert}/",
        "/performance/recommendations/",
        "/performance/recommendations/?state=dismissed",
        "/performance/trends/",
        "/performance/optimize/",
        "/performance/settings/",
        "/performance/settings/thresholds/{threshold}/",
    ],
}
# Those that are no page but a refusal, which is one to be read, too.
REFUSALS = {
    **{(person, "/nothing/here/"): 404 for person in PAGES},
    ("analyst", "/performance/queries/"): 403,
    ("analyst", "/prices/{prices}/?view=statistics&benchmark=NONE"): 422,
    ("operator", "/jobs/?state=asleep"): 400,
    ("operator", "/performance/?range=century"): 400,
}
PLACES = [
    *(
        Place(person, address, status=REFUSALS.get((person, address), 200))
        for person, addresses in PAGES.items()
        for address in addresses
    ),
    Place("operator", "/performance/recommendations/", "Apply…"),
]

POLLED = "a page's script asks for it: it answers with what moves, never with a page"
POSTED = "a form is sent to it: it answers with a page of the list, or leads to one"
TEXT = "for monitoring systems: text, not a page"
FILE = "a file to take away"
MOVED = "leads elsewhere"
NO_PAGES = {
    POLLED: [
        "performance:data",
        "performance:cache-data",
        "performance:requests-data",
        "performance:processes-data",
        "performance:hosts-data",
        "performance:workers-data",
        "performance:database-data",
        "performance:alerts-data",
        "performance:alert-data",
        "performance:recommendations-data",
        "performance:status",
        "performance:dashboard-data",
        "modeling:run-progress",
        "modeling:portfolio-point",
        "modeling:result-progress",
        "modeling:price-import-progress",
    ],
    POSTED: [
        "accounts:sign-out",
        "accounts:checklist-close",
        "accounts:theme",
        "modeling:value-it",
        "modeling:valuation-edit",
        "modeling:valuation-simulate",
        "modeling:run-cancel",
        "modeling:run-retry",
        "modeling:portfolio-edit",
        "modeling:portfolio-keep",
        "modeling:portfolio-backtest",
        "modeling:result-cancel",
        "modeling:result-retry",
        "modeling:price-import-cancel",
        "modeling:price-import-retry",
        "modeling:price-import-drop",
        "modeling:price-report",
        "modeling:price-ticker-price",
        "tasks:retry-failed",
        "tasks:cancel",
        "tasks:retry",
        "performance:host-retire",
        "performance:host-restore",
        "performance:alert-acknowledge",
        "performance:alert-withdraw",
        "performance:alert-silence",
        "performance:silences",
        "performance:silence-lift",
        "performance:alerts-test",
        "performance:threshold-reset",
        "performance:recommendation-dismiss",
        "performance:recommendation-restore",
        "performance:recommendation-apply",
        "performance:dashboard-copy",
        "performance:dashboard-remove",
        "performance:dashboard-restore",
        "performance:dashboard-reset",
        "performance:dashboard-undo",
        "performance:dashboard-step",
    ],
    TEXT: ["metrics"],
    FILE: ["modeling:result-export"],
    MOVED: ["accounts:favicon"],
}
# Drawn by others, and proved on their own: the admin, and what the API's document is read with.
OF_OTHERS = ("admin/", "api/")
