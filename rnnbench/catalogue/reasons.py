"""Why no contender solves a task with every seed within the budget, as far as it is known."""

REASONS = {
    "ucr": "Its 50 training sequences are learned by heart (training accuracy 1), and success asks for the published "
    "accuracy of the nearest neighbour.",
}
