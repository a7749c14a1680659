"""Attempts as containers of one Docker engine, local or remote."""
