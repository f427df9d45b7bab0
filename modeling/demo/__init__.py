"""What a new installation starts with: companies and prices with real figures, two people who can sign in."""

from modeling.demo.companies import load_companies
from modeling.demo.people import load_people, sign_in
from modeling.demo.prices import load_prices

__all__ = ["load_companies", "load_people", "load_prices", "sign_in"]
