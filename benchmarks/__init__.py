"""Figures, as ratios within one run: what grows with the portfolio, and what a message costs beside its bare call."""
