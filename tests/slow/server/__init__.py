"""Sites on a server of one's own: a real Docker engine and Compose run what is rendered. Slow, and root on Linux only."""
