"""Runs the parts of the product on one machine and restarts what dies. Standard library only."""
