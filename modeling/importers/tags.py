"""Which XBRL tags state a concept, in order of preference. The whole judgement of the importer is this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Stated:
    """A value as filed, or a sum of such values, with the tags it was taken from."""

    value: Decimal
    tags: tuple[str, ...]
    form: str
    filed: date

    def __add__(self, other: Stated) -> Stated:
        latest = max(self, other, key=lambda stated: stated.filed)
        return Stated(self.value + other.value, self.tags + other.tags, latest.form, latest.filed)


Lookup = Callable[[str], Stated | None]


@dataclass(frozen=True)
class First:
    """The first of its options that is stated."""

    options: tuple[Rule, ...]

    def read(self, lookup: Lookup) -> Stated | None:
        return next((stated for option in self.options if (stated := read(option, lookup))), None)

    def tags(self) -> set[str]:
        return set().union(*(tags_of(option) for option in self.options))


@dataclass(frozen=True)
class Total:
    """The sum of its parts that are stated; with ``needs_first`` nothing without the first of them."""

    parts: tuple[Rule, ...]
    needs_first: bool = False

    def read(self, lookup: Lookup) -> Stated | None:
        found = [read(part, lookup) for part in self.parts]
        if self.needs_first and found[0] is None:
            return None
        total: Stated | None = None
        for stated in found:
            if stated is not None:
                total = stated if total is None else total + stated
        return total

    def tags(self) -> set[str]:
        return set().union(*(tags_of(part) for part in self.parts))


Rule = str | First | Total


def read(rule: Rule, lookup: Lookup) -> Stated | None:
    return lookup(rule) if isinstance(rule, str) else rule.read(lookup)


def tags_of(rule: Rule) -> set[str]:
    return {rule} if isinstance(rule, str) else rule.tags()


def first(*options: Rule) -> First:
    return First(options)


def total(*parts: Rule) -> Total:
    return Total(parts)


def with_optional(required: Rule, *optional: Rule) -> Total:
    return Total((required, *optional), needs_first=True)


OPERATING_LEASES = first(
    "OperatingLeaseLiability", total("OperatingLeaseLiabilityNoncurrent", "OperatingLeaseLiabilityCurrent")
)
FINANCE_LEASES = first(
    "FinanceLeaseLiability",
    total("FinanceLeaseLiabilityNoncurrent", "FinanceLeaseLiabilityCurrent"),
    "CapitalLeaseObligations",
    total("CapitalLeaseObligationsNoncurrent", "CapitalLeaseObligationsCurrent"),
)
SHORT_TERM = first("ShortTermBorrowings", "CommercialPaper", "ShortTermBankLoansAndNotesPayable")
LONG_TERM = first(
    "LongTermDebtNoncurrent",
    "ConvertibleDebtNoncurrent",
    "ConvertibleLongTermNotesPayable",
    "ConvertibleNotesPayableNoncurrent",
    "LongTermNotesPayable",
    "SeniorLongTermNotes",
    "LongTermLoansPayable",
)
CURRENT_PORTION = first(
    "LongTermDebtCurrent",
    "ConvertibleDebtCurrent",
    "ConvertibleNotesPayableCurrent",
    "NotesPayableCurrent",
    "LoansPayableCurrent",
)
# DebtCurrent holds the current portion and the short-term borrowings; LongTermDebt holds its current portion;
# the "capital lease obligations" pair holds the finance leases: none of these is counted twice.
BORROWINGS = first(
    "DebtLongtermAndShorttermCombinedAmount",
    with_optional("LongTermDebt", SHORT_TERM),
    total(LONG_TERM, first("DebtCurrent", total(CURRENT_PORTION, SHORT_TERM))),
)
BORROWINGS_WITH_FINANCE_LEASES = with_optional(
    first("LongTermDebtAndCapitalLeaseObligationsIncludingCurrentMaturities", "LongTermDebtAndCapitalLeaseObligations"),
    "LongTermDebtAndCapitalLeaseObligationsCurrent",
    SHORT_TERM,
)
CASH = first(
    "CashAndCashEquivalentsAtCarryingValue",
    "Cash",
    "CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents",
)
SHORT_TERM_INVESTMENTS = first(
    "ShortTermInvestments",
    "MarketableSecuritiesCurrent",
    "AvailableForSaleSecuritiesDebtSecuritiesCurrent",
    "AvailableForSaleSecuritiesCurrent",
    "DebtSecuritiesHeldToMaturityAmortizedCostAfterAllowanceForCreditLossCurrent",
    "HeldToMaturitySecuritiesCurrent",
    "OtherShortTermInvestments",
)
LONG_TERM_SECURITIES = first(
    "MarketableSecuritiesNoncurrent",
    "AvailableForSaleSecuritiesDebtSecuritiesNoncurrent",
    "AvailableForSaleSecuritiesNoncurrent",
    "DebtSecuritiesHeldToMaturityAmortizedCostAfterAllowanceForCreditLossNoncurrent",
    "HeldToMaturitySecuritiesNoncurrent",
)
OTHER_HOLDINGS = first(
    "OtherLongTermInvestments",
    "EquityMethodInvestments",
    "EquitySecuritiesWithoutReadilyDeterminableFairValueAmount",
)

RULES: dict[str, Rule] = {
    # Revenues is the total line; contract revenue leaves out what is earned otherwise, such as leasing.
    "revenue": first(
        "Revenues",
        "RevenueFromContractWithCustomerExcludingAssessedTax",
        "RevenueFromContractWithCustomerIncludingAssessedTax",
        "SalesRevenueNet",
        "SalesRevenueServicesNet",
        "SalesRevenueGoodsNet",
    ),
    "operating_income": "OperatingIncomeLoss",
    "pretax_income": first(
        "IncomeLossFromContinuingOperationsBeforeIncomeTaxesExtraordinaryItemsNoncontrollingInterest",
        "IncomeLossFromContinuingOperationsBeforeIncomeTaxesMinorityInterestAndIncomeLossFromEquityMethodInvestments",
        "IncomeLossFromContinuingOperationsBeforeIncomeTaxes",
    ),
    "income_tax": first("IncomeTaxExpenseBenefit", "IncomeTaxExpenseBenefitContinuingOperations"),
    "net_income": first("NetIncomeLoss", "NetIncomeLossAvailableToCommonStockholdersBasic", "ProfitLoss"),
    "research_and_development": first(
        "ResearchAndDevelopmentExpense",
        "ResearchAndDevelopmentExpenseExcludingAcquiredInProcessCost",
        "ResearchAndDevelopmentExpenseSoftwareExcludingAcquiredInProcessCost",
    ),
    "stock_compensation": first("ShareBasedCompensation", "AllocatedShareBasedCompensationExpense"),
    "capital_expenditure": first(
        with_optional("PaymentsToAcquirePropertyPlantAndEquipment", "PaymentsToDevelopSoftware"),
        "PaymentsToAcquireProductiveAssets",
    ),
    "depreciation": first(
        "DepreciationDepletionAndAmortization",
        "DepreciationAmortizationAndAccretionNet",
        "DepreciationAndAmortization",
        "Depreciation",
    ),
    "cash_and_short_term_investments": first(
        "CashCashEquivalentsAndShortTermInvestments", with_optional(CASH, SHORT_TERM_INVESTMENTS)
    ),
    "non_operating_investments": first("LongTermInvestments", total(LONG_TERM_SECURITIES, OTHER_HOLDINGS)),
    "debt": total(first(BORROWINGS_WITH_FINANCE_LEASES, total(BORROWINGS, FINANCE_LEASES)), OPERATING_LEASES),
    "minority_interest": total("MinorityInterest", "RedeemableNoncontrollingInterestEquityCarryingAmount"),
    "equity": first("StockholdersEquity", "CommonStockholdersEquity"),
    "shares_diluted": first(
        "WeightedAverageNumberOfDilutedSharesOutstanding", "WeightedAverageNumberOfShareOutstandingBasicAndDiluted"
    ),
    "shares_basic": first(
        "WeightedAverageNumberOfSharesOutstandingBasic", "WeightedAverageNumberOfShareOutstandingBasicAndDiluted"
    ),
    "shares_outstanding": first("CommonStockSharesOutstanding", "SharesOutstanding"),
}
