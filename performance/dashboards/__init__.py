"""Dashboards of one's own: panels that somebody chose, in an order and widths of theirs, kept and shared by role.

A layout is a list of entries. Each has a key that stays, a kind (``kinds``), a title, a width in thirds of the page,
and what its kind lets choose. ``layout`` is the only place that says which entries make sense.
"""
