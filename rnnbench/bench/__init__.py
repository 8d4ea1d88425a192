"""How fast cells run here, and how much of the processor that is: ``rnnbench bench``."""
