"""Why no contender solves a task with every seed within the budget, as far as it is known."""

REASONS: dict[str, str] = {}
