"""JSON documents to engine dataclasses and back: the one bridge, and the one place where input is validated."""

from modeling.codecs.calls import (
    MAX_TRIALS,
    MIN_TRIALS,
    PREVIEW_TRIALS,
    preview,
    sampling_problems,
    sensitivity,
    simulation_of,
    value_document,
    value_model,
)
from modeling.codecs.dump import dump_document
from modeling.codecs.fields import INPUTS
from modeling.codecs.model import UNITS, Correlation, DcfModel, Price
from modeling.codecs.parse import parse_document
from modeling.codecs.results import result_to_dict
from modeling.codecs.text import load_json
from modeling.codecs.uncertainty import nearest_correlations

DRIVERS = tuple(INPUTS)
"""Every input that may be uncertain."""

__all__ = [
    "DRIVERS",
    "MAX_TRIALS",
    "MIN_TRIALS",
    "PREVIEW_TRIALS",
    "UNITS",
    "Correlation",
    "DcfModel",
    "Price",
    "dump_document",
    "load_json",
    "nearest_correlations",
    "parse_document",
    "preview",
    "result_to_dict",
    "sampling_problems",
    "sensitivity",
    "simulation_of",
    "value_document",
    "value_model",
]
