"""The one exception that says "the lab did not see what it waited for"."""


class LabFailure(AssertionError):
    """Carries a message that a person can act on: what was expected, what was seen instead."""
