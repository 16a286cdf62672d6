"""What runs where the site runs, with its Python: the standard library and Django."""
