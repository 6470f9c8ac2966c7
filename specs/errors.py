"""The one exception for input that the specification cannot accept."""


class SpecError(ValueError):
    """A network, program, law or report that is malformed. The message says what is wrong, where, and what is accepted."""


def one_of(what, value, accepted):
    """Return ``value`` if it is among ``accepted``, else raise :class:`SpecError` naming the accepted ones."""
    if value not in accepted:
        listed = ", ".join(str(item) for item in accepted)
        raise SpecError(f"{what}: {value!r} is not known; accepted: {listed}")
    return value
