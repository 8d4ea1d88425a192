"""What cells are made of: gates, heads, initial weights, norms, and layers one above the other."""
