"""Delivery: what rooms said lately, and the polls that wait for more. No HTTP, no SQL, no HTML."""
