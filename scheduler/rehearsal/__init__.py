"""The same engine before the day comes: samples, previews and simulations, with nothing sent."""
