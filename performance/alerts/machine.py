"""When an alert begins, burns and ends: one threshold, one host, one reading after another. Pure Python, no clock.

1. A reading beyond the warning level makes an alert *pending*; once that has lasted for the rule's duration it is
   *firing*. A pending one whose reading comes back is dropped: it never was an alert.
2. A reading past the clear level makes a firing one *recovering*; when another one says so too, at least the duration
   (and the rule's *calm*) later, it is *resolved*. Between the levels nothing moves, and one that comes back beyond the
   warning level fires on.
3. Beyond the critical level it is critical at once; it is a warning again only past the middle between the two levels.
4. Without a reading the rule's policy decides: an alert is never resolved by knowing nothing.
5. A reading that tells of too few, or that has a good reason, begins nothing and fires nothing; one past the clear
   level still is calm, and so is one with a good reason wherever it lies. A pending alert waits while a few go badly,
   or none is there; how long, its caller knows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    RESOLVED = "resolved"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Missing(StrEnum):
    """What a missing reading means: nothing; that the state is unknown; that something is wrong."""

    KEEP = "keep"
    UNKNOWN = "unknown"
    FIRE = "fire"


@dataclass(frozen=True)
class Rule:
    """The levels of a threshold; *critical* None: it never is. *calm* is how long it must at least be well to end."""

    above: bool
    warning: float
    critical: float | None
    clear: float
    duration: float = 0.0
    missing: Missing = Missing.KEEP
    calm: float = 0.0

    def beyond(self, value: float, level: float | None) -> bool:
        if level is None:
            return False
        return value > level if self.above else value < level

    def past_clear(self, value: float) -> bool:
        return value <= self.clear if self.above else value >= self.clear

    def severity(self, value: float, before: Severity | None = None) -> Severity:
        """How bad a value beyond the warning level is; what was critical stays so until it is well below that."""
        if self.critical is None:
            return Severity.WARNING
        level = (self.warning + self.critical) / 2 if before is Severity.CRITICAL else self.critical
        critical = self.beyond(value, self.critical) or (before is Severity.CRITICAL and self.beyond(value, level))
        return Severity.CRITICAL if critical else Severity.WARNING


@dataclass(frozen=True)
class Reading:
    """A figure at a time in seconds; None is missing. *judged* is false where it tells of too few to mean anything.

    *slack* is how much too early a reading may come, and still count as on time. *excused* is one that would be
    trouble, were it not for a good reason.
    """

    at: float
    value: float | None
    slack: float = 0.0
    judged: bool = True
    excused: bool = False

    @property
    def telling(self) -> bool:
        """Whether trouble may begin with it."""
        return self.judged and not self.excused


@dataclass(frozen=True)
class Situation:
    """An alert as it stands; *since* is when its state's clock was started."""

    state: State
    severity: Severity
    since: float


def judge(rule: Rule, before: Situation | None, reading: Reading) -> Situation | None:
    """What a reading makes of an alert; None where there is none, or no longer one that was ever told."""
    if not reading.telling:
        return unjudged(rule, before, reading)
    if reading.value is None:
        return unread(rule, before, reading)
    beyond = rule.beyond(reading.value, rule.warning)
    if before is None:
        return begun(rule, rule.severity(reading.value), reading) if beyond else None
    if before.state is State.PENDING:
        return waited(rule, replace(before, severity=rule.severity(reading.value)), reading) if beyond else None
    if beyond:
        since = before.since if before.state is State.FIRING else reading.at
        return Situation(State.FIRING, rule.severity(reading.value, before.severity), since)
    return calmer(rule, before, reading, rule.past_clear(reading.value))


def unjudged(rule: Rule, before: Situation | None, reading: Reading) -> Situation | None:
    """A reading that alarms nobody; but when few go well, or there is a good reason, that is how it is."""
    if before is None or reading.value is None:
        return before
    if before.state is State.PENDING:
        return before if rule.beyond(reading.value, rule.warning) and not reading.excused else None
    cleared = reading.excused or rule.past_clear(reading.value)
    return calmer(rule, before, reading, cleared) if cleared or before.state is State.RECOVERING else before


def unread(rule: Rule, before: Situation | None, reading: Reading) -> Situation | None:
    if rule.missing is Missing.FIRE:
        if before is None:
            return begun(rule, Severity.WARNING, reading)
        if before.state is State.PENDING:
            return waited(rule, before, reading)
        return replace(before, state=State.FIRING)
    if rule.missing is Missing.UNKNOWN and before is not None and before.state is State.PENDING:
        return None
    return before


def begun(rule: Rule, severity: Severity, reading: Reading) -> Situation:
    state = State.PENDING if rule.duration else State.FIRING
    return Situation(state, severity, reading.at)


def waited(rule: Rule, before: Situation, reading: Reading) -> Situation:
    """Pending, or firing once the duration is over."""
    return Situation(State.FIRING, before.severity, reading.at) if lasted(rule.duration, before, reading) else before


def calmer(rule: Rule, before: Situation, reading: Reading, cleared: bool) -> Situation:
    """Firing or recovering, with a value that is no longer beyond the warning level."""
    eased = replace(before, severity=Severity.WARNING)
    if not cleared:
        return replace(eased, since=reading.at) if before.state is State.RECOVERING else eased
    if before.state is State.FIRING:
        return replace(eased, state=State.RECOVERING, since=reading.at)
    calm = max(rule.duration, rule.calm)
    return replace(eased, state=State.RESOLVED, since=reading.at) if lasted(calm, before, reading) else eased


def lasted(seconds: float, before: Situation, reading: Reading) -> bool:
    return reading.at > before.since and reading.at - before.since >= seconds - reading.slack
