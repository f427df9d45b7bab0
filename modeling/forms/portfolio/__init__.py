"""The portfolio's form: a document as texts that people type, and back."""
