"""The least expected shortfall over scenarios."""
