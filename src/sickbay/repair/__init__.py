"""Repairs: planned, backed up, carried out, proved, and taken back by themselves where that fails."""
