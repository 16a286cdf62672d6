"""Puts an existing Django project online and keeps it there: everything that is Python in the product."""
