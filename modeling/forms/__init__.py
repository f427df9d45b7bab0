"""What people type, read into a valuation document, and the document shown as they would type it."""
