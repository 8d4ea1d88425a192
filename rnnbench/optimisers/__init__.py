"""The optimisers that rnnbench ships, one rule a file. Ask the registry."""
