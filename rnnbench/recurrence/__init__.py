"""A cell over time for a tile of members."""
