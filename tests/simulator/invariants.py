"""What must hold whatever happens, by name, and the error that says which did not."""

INVARIANTS = {
    "I1": "after any offset of the log all readers hold the same head",
    "I2": "entries come for commands 0, 1, 2, … with holes only under a skip or a rebase",
    "I3": "every reply and public event belongs to an admitted entry and equals it",
    "I4": "every admitted entry is relayed and answered, each request's events in their order",
    "I5": "restored state is the fold of the log up to its head",
    "I6": "an entry names the entry before it of the same request",
    "I7": "a command has one outcome, and a request ends once",
    "I8": "the log's time never goes back, and no deadline is judged by it",
    "I9": "no more is in flight than the bounds allow",
    "I10": "once faults cease, every command is decided within a bound",
    "I11": "nothing that a command holds stops its partition",
    "I12": "writers of one release write the same bytes after the same log",
}


class Broken(AssertionError):
    """An invariant does not hold."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name} broken ({INVARIANTS[name]}): {detail}")
        self.name = name


def require(holds: object, name: str, detail: str) -> None:
    """Raises unless the invariant holds.

    Raises:
        Broken: it does not.
    """
    if not holds:
        raise Broken(name, detail)
