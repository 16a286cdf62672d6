"""What is rendered, in whole projects and on other Djangos. Slow, as each applies the overlay or starts Django."""
