"""Reads files of plans and payments: CSV, JSON Lines and XLSX become checked rows or rejected ones."""
