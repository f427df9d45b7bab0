"""What a new installation starts with: three companies with real figures, two people who can sign in."""

from modeling.demo.companies import load_companies
from modeling.demo.people import load_people, sign_in

__all__ = ["load_companies", "load_people", "sign_in"]
