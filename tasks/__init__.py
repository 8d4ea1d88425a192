"""The tasks that rnnbench ships, one a file; installed as ``rnnbench.tasks``. Ask the registry, do not import."""
