"""What programs that watch over an installation are told: whether it is ready, and figures without personal data."""
