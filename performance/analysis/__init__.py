"""What series of figures say: their trends, what they will be, and when they behave as never before.

Pure: neither Django nor a clock nor a file. Who calls brings times in seconds since 1970, and values.
"""
