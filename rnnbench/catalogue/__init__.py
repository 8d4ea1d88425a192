"""What the catalogue as a whole is held to: every pair trains, every task can be learned at its ``small`` shape.

``python -m rnnbench.catalogue`` trains and writes ``reports/catalogue``; the nox session ``catalogue`` runs it.
"""
