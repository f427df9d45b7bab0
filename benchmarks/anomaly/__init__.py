"""Labelled series, how they are scored, and the detector that everybody beats."""
