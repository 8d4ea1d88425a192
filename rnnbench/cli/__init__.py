"""The command line: it parses and prints, it decides nothing."""
