"""Processes that train populations and bring their rows to the store."""
