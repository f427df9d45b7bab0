"""How lists are narrowed."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from modeling.models import Company, Portfolio, Valuation

MAX_ID = 2**63 - 1


class CompanyFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="find", label="Part of the name, the ticker or the SEC number")
    ticker = django_filters.CharFilter(lookup_expr="iexact")
    shared = django_filters.BooleanFilter(field_name="owner", lookup_expr="isnull")

    class Meta:
        model = Company
        fields = ["search", "ticker", "cik", "industry", "shared"]

    def find(self, companies: QuerySet[Company], name: str, value: str) -> QuerySet[Company]:
        return companies.filter(Q(name__icontains=value) | Q(ticker__iexact=value) | Q(cik=value.lstrip("0")))


class ValuationFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", label="Part of the name")
    company = django_filters.NumberFilter(field_name="company_id", min_value=1, max_value=MAX_ID, decimal_places=0)

    class Meta:
        model = Valuation
        fields = ["name", "company"]


class PortfolioFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", label="Part of the name")
    price_set = django_filters.NumberFilter(field_name="price_set_id", min_value=1, max_value=MAX_ID, decimal_places=0)

    class Meta:
        model = Portfolio
        fields = ["name", "price_set"]
