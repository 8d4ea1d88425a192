"""A task and a cell for rnnbench, from outside of it."""
