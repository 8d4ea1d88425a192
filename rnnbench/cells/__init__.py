"""The cells that rnnbench ships, one a file. Ask the registry."""
