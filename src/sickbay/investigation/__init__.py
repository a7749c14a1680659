"""Asking with a guide: its looks, confined, and what they say; and doing what its steps say."""
