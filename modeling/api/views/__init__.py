"""The API of companies, valuations and runs."""
