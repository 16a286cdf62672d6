"""What runs in the user's project after rendering, with the standard library and what Copier itself installs."""
