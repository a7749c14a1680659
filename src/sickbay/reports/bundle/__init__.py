"""A bundle: a case in one file without secrets, to be diagnosed elsewhere with the same result."""
