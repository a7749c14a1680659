"""Django system checks: what is misconfigured, each with a hint that names a guide."""
