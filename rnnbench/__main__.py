"""``python -m rnnbench`` is ``rnnbench``."""

from rnnbench.cli.app import main

if __name__ == "__main__":
    main()
