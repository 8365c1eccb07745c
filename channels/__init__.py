"""One room per provider, each with the same furniture: settings.py, send.py, receipts.py."""
