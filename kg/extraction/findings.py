"""What was found in a text before it becomes a report: plain values, each with the words it rests on and the rule that found it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from kg.extraction.analysis import Analysis
from kg.extraction.numbers import CountMention
from kg.extraction.parties import Parties, Party
from kg.vocabulary import ActorKind, AssetKind, Effect, IncidentKind, Motive, Role, Stance


@dataclass(slots=True)
class Ground:
    """Why something is believed: a range of characters of the text, the rule's name, and how much it speaks for it (0–1)."""

    start: int
    end: int
    rule: str
    score: float = 0.8


@dataclass(slots=True)
class Involved:
    """A party, named or only described, and its role."""

    role: Role
    ground: Ground
    party: Party | None = None
    description: str | None = None
    country: str | None = None
    words: str | None = None

    @property
    def label(self) -> str:
        """Its name, else its description."""
        return self.party.name if self.party else self.description or ""


@dataclass(slots=True)
class Affected:
    """A described group that was hurt, with its number and the supplier through whom it was reached."""

    description: str
    ground: Ground
    count: CountMention | None = None
    supplier: Party | None = None
    party: Party | None = None
    stance: Stance = Stance.ASSERTED


@dataclass(slots=True)
class Attributed:
    """One attribution: an actor, named or only described, and who says so."""

    ground: Ground
    name: str | None = None
    id: str | None = None
    aliases: tuple[str, ...] = ()
    description: str | None = None
    origin: str | None = None
    origin_ground: Ground | None = None
    kind: ActorKind | None = None
    kind_ground: Ground | None = None
    motive: Motive | None = None
    motive_ground: Ground | None = None
    by: str | None = None
    by_party: Party | None = None
    by_ground: Ground | None = None
    stance: Stance = Stance.ASSERTED
    confidence: str | None = None
    confidence_ground: Ground | None = None
    told: frozenset[int] = frozenset()
    """The sentences that speak of it."""
    person: bool = False
    """A person who is charged with it."""
    reported: bool = False
    """Without origin or blame, only told in somebody's words."""

    @property
    def label(self) -> str:
        """Its name, else its description."""
        return self.name or self.description or ""


@dataclass(slots=True)
class Taken:
    """An asset and what was done to it."""

    kind: AssetKind
    words: str
    ground: Ground
    effect: Effect | None = None
    effect_ground: Ground | None = None
    owner: Party | None = None
    owner_words: str | None = None
    count: CountMention | None = None
    stance: Stance = Stance.ASSERTED


@dataclass(slots=True)
class Used:
    """A technique, a piece of software or a vulnerability."""

    words: str
    ground: Ground
    id: str | None = None
    stance: Stance = Stance.ASSERTED


@dataclass(slots=True)
class When:
    """A time: first and last day, both included."""

    first: date
    last: date
    ground: Ground
    precision: str = "day"
    words: str | None = None


@dataclass(slots=True)
class Supplied:
    """A supplier and its customer."""

    supplier: Party
    customer: Party
    ground: Ground
    words: str | None = None


@dataclass(slots=True)
class IncidentFound:
    """Everything about one incident."""

    kind: IncidentKind | None = None
    kind_ground: Ground | None = None
    victims: list[Involved] = field(default_factory=list)
    others: list[Involved] = field(default_factory=list)
    affected: list[Affected] = field(default_factory=list)
    actors: list[Attributed] = field(default_factory=list)
    assets: list[Taken] = field(default_factory=list)
    techniques: list[Used] = field(default_factory=list)
    malware: list[Used] = field(default_factory=list)
    cves: list[Used] = field(default_factory=list)
    happened: When | None = None
    discovered: When | None = None
    disclosed: When | None = None
    contained: When | None = None
    notified: When | None = None
    supplies: list[Supplied] = field(default_factory=list)
    sentences: frozenset[int] | None = None
    """The sentences that tell of this incident alone; ``None`` when the whole text does."""

    def tells(self, sentence: int) -> bool:
        """Whether a sentence belongs to this incident."""
        return self.sentences is None or sentence in self.sentences


@dataclass(slots=True)
class Reading:
    """A text, its parties and the incidents found in it so far."""

    doc: Analysis
    parties: Parties
    incidents: list[IncidentFound] = field(default_factory=list)

    def ground(self, first: int, last: int, rule: str, score: float = 0.8) -> Ground:
        """The ground for a span of tokens, ``last`` not included."""
        start, end = self.doc.chars((first, last))
        return Ground(start, end, rule, score)

    def sentence_ground(self, sentence: int, rule: str, score: float = 0.8) -> Ground:
        """The whole sentence as ground."""
        return self.ground(*self.doc.sentences[sentence], rule, score)
