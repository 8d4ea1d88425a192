"""From a table of trials to statistics: pure functions on pandas tables, nothing drawn and nothing stored."""
