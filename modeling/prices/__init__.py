"""Prices as they are stored: how blocks are written, merged and read into panels. It loads NumPy: import it late."""
