"""How lists are narrowed."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from modeling.models import Company, Portfolio, PriceSeries, PriceSet, Valuation

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


class PriceSetFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name")
    shared = django_filters.BooleanFilter(field_name="owner", lookup_expr="isnull")

    class Meta:
        model = PriceSet
        fields = ["search", "shared", "currency", "frequency"]


class PriceSeriesFilter(django_filters.FilterSet):
    ticker = django_filters.CharFilter(lookup_expr="istartswith", label="What the ticker begins with")
    search = django_filters.CharFilter(method="find", label="Part of the ticker or the name")
    sector = django_filters.CharFilter(lookup_expr="iexact")

    class Meta:
        model = PriceSeries
        fields = ["ticker", "search", "sector", "currency"]

    def find(self, series: QuerySet[PriceSeries], name: str, value: str) -> QuerySet[PriceSeries]:
        return series.filter(Q(ticker__icontains=value) | Q(name__icontains=value))
