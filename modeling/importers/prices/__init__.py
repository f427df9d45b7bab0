"""Files of prices: what they are, how they are laid out, and what of them can be used. Pure: no Django, no clock.

``container`` finds the files in what was sent, ``recognise`` how each is laid out, ``rows`` reads them by ticker.
"""
