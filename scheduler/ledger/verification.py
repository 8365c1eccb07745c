"""Verifies the log from its lines alone, with nothing but the standard library and the domain.

It proves that no entry was changed, put in, taken out of the middle or moved within its chain since it was
written. `seq` is not hashed: it tells the order across chains as far as known. What is missing at the end of a
chain, or a whole chain, shows only against the heads that the writer keeps.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scheduler.domain.entry import GENESIS, commitment, entry_hash
from scheduler.domain.errors import UsageError
from scheduler.ledger.line import PERSONAL, Line, LineError, decode

Heads = Mapping[str, tuple[int, str]]
"""The number and the hash of each chain's last entry."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first bad entry of a chain: its number there, its `seq` unless it is missing, and what is wrong."""

    chain: str
    number: int
    seq: int | None
    what: str

    def __str__(self) -> str:
        place = "" if self.seq is None else f" (seq {self.seq})"
        return f"{self.chain}: entry {self.number}{place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was verified. `erased` counts personal payloads of which only the commitment is left."""

    entries: int
    chains: int
    payloads: int
    erased: int
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class _Fault:
    number: int
    what: str


class Verifier:
    """Takes lines one by one, oldest first, and keeps of each chain only where it ends."""

    def __init__(self) -> None:
        """Start before the first line."""
        self._ends: dict[str, tuple[int, str, int]] = {}
        self._findings: dict[str, Finding] = {}
        self._last_seq = 0
        self._entries = self._payloads = self._erased = 0

    def take(self, line: Line) -> None:
        """Verify the next line. Of a chain only the first fault is told: what follows it proves nothing."""
        number, hash_, _ = self._ends.get(line.chain, (0, GENESIS, 0))
        fault = self._order_fault(line, number, hash_) or _content_fault(line)
        if fault is not None:
            self._find(line.chain, fault, line.seq if fault.number == line.number else None)
        self._ends[line.chain] = (line.number, line.hash, line.seq)
        self._last_seq = line.seq
        self._entries += 1
        self._payloads += line.personal is not None
        self._erased += line.personal is None and line.commitment is not None

    def reject(self, chain: str, number: int, seq: int, what: str) -> None:
        """Note an entry that is so damaged that it makes no line."""
        self._find(chain, _Fault(number, what), seq)
        self._entries += 1

    def ahead_of(self, heads: Heads) -> set[str]:
        """Return the chains that reach beyond these heads: written meanwhile, or by somebody else."""
        return {chain for chain, end in self._ends.items() if end[0] > heads.get(chain, (0, GENESIS))[0]}

    def compare(self, heads: Heads) -> None:
        """Hold the ends against heads that the writer had noted before the first line was read."""
        for chain, (number, hash_) in heads.items():
            end, end_hash, seq = self._ends.get(chain, (0, GENESIS, 0))
            if end < number:
                self._find(chain, _Fault(end + 1, f"it is missing; the chain has {number} entries"), None)
            elif end == number and end_hash != hash_:
                self._find(chain, _Fault(number, "its hash is not the one that the writer noted last"), seq)

    def compare_ahead(self, chains: Iterable[str], heads: Heads) -> None:
        """Hold chains that were ahead against heads that were read after the last line."""
        for chain in chains:
            number, hash_ = heads.get(chain, (0, GENESIS))
            end, end_hash, seq = self._ends[chain]
            if end > number:
                place = seq if end == number + 1 else None
                self._find(chain, _Fault(number + 1, "the writer has not written it"), place)
            elif end == number and end_hash != hash_:
                self._find(chain, _Fault(number, "its hash is not the one that the writer noted last"), seq)

    def result(self) -> Verification:
        """Return what was found so far."""
        findings = tuple(self._findings.values())
        return Verification(self._entries, len(self._ends), self._payloads, self._erased, findings)

    def _find(self, chain: str, fault: _Fault, seq: int | None) -> None:
        self._findings.setdefault(chain, Finding(chain, fault.number, seq, fault.what))

    def _order_fault(self, line: Line, number: int, hash_: str) -> _Fault | None:
        expected = number + 1
        if line.number > expected:
            return _Fault(
                expected, f"it is missing; entry {line.number} (seq {line.seq}) follows entry {number}"
            )
        if line.number < expected:
            return _Fault(line.number, f"it comes again or too late, after entry {number}")
        if line.seq <= self._last_seq:
            return _Fault(line.number, f"its seq does not rise above {self._last_seq} before it")
        if line.prev_hash != hash_:
            return _Fault(line.number, "its prev_hash is not the hash of the entry before it")
        return None


def _content_fault(line: Line) -> _Fault | None:
    """Say what is wrong with a line in itself."""
    if _hash_of(line) != line.hash:
        return _Fault(line.number, "its hash does not match its fields")
    what = _personal_fault(line)
    return _Fault(line.number, what) if what else None


def _hash_of(line: Line) -> str | None:
    try:
        return entry_hash(line.fields)
    except (ValueError, TypeError, RecursionError):  # what cannot be hashed was never written
        return None


def _personal_fault(line: Line) -> str | None:
    personal = line.personal or {}
    if any(line.fields[name] != personal.get(name) for name in PERSONAL):
        return f"its {' or '.join(PERSONAL)} is not that of its personal payload"
    if line.salt is None and line.personal is None:
        return None
    if line.commitment is None:
        return "it has a personal payload that it does not commit to"
    if line.personal is None:
        return "its personal payload cannot be opened"
    return None if _commits(line) else "its personal payload is not the one that it commits to"


def _commits(line: Line) -> bool:
    try:
        salt = bytes.fromhex(line.salt or "")
        return salt.hex() == line.salt and commitment(salt, line.personal or {}) == line.commitment
    except (ValueError, RecursionError):
        return False


def verify_export(lines: Iterable[bytes], name: str) -> Verification:
    """Verify the lines of an exported file called `name`.

    Raises UsageError with the line's number for a file that is no export.
    """
    verifier = Verifier()
    for number, line in enumerate(lines, start=1):
        try:
            verifier.take(decode(line))
        except LineError as error:
            raise UsageError(
                f"{name}, line {number}: {error}; give a file as `duly log export` writes it"
            ) from error
    return verifier.result()
