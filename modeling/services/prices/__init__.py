"""Writes of prices: sets, and the merging of prices into their series. NumPy loads when prices first come."""

from modeling.prices.rules import Rule
from modeling.services.prices.merging import merge_many, merge_series, update_price
from modeling.services.prices.sets import change_set, create_set, delete_set, remove_series, rename_set
from modeling.services.prices.uses import uses_of_sets

__all__ = [
    "Rule",
    "change_set",
    "create_set",
    "delete_set",
    "merge_many",
    "merge_series",
    "remove_series",
    "rename_set",
    "update_price",
    "uses_of_sets",
]
