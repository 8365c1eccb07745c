"""The one door for news from outside: plans, payments, holds and consent become facts, appended."""
