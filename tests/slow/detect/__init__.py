"""Detection in projects that a real tool has to judge. Slow, as uv locks and installs them."""
