"""Rollups: old samples by five minutes, hour and day, with each column's count, least, mean and greatest value.

``packing`` is how they are stored, ``arithmetic`` what they are, ``services`` how they come about, ``reading`` how a
series gets at them.
"""
