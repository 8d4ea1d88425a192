"""Why a model does what it does: gradients, landscapes, dynamics, and the studies that the questions come from."""
