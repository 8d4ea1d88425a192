"""A population as a Lightning module: data, weights, optimisers, fit."""
