"""Where composed frames go."""
