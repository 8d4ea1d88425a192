"""The studies that rnnbench ships, as TOML files."""
