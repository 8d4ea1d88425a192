"""What an expert would write instead of rnnbench, measured beside it: ``nox -s peers``. Not part of the package."""
