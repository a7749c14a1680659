"""The executor of plain processes."""
