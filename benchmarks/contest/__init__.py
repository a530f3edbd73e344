"""A contest: every contender in a process of its own, all of them round by round."""
