"""Random portfolio problems, the worst that a user may state, and a judge who trusts nothing: `make campaign`."""
