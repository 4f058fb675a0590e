"""Who was hit: every party is weighed by what the clauses say of it.

Each party gets features (patient of a harmful verb, owner of the data taken, object of "attack on",
speaker for others, rival, share price, …) with the words behind them; a logistic model with a
handful of weights (``models/victims.json``) turns them into a probability. The features are about
language; the weights come from ``tools/train_victims.py``.
"""

from __future__ import annotations

import re
from collections import defaultdict

from kg.extraction import cues
from kg.extraction.analysis import Clause, Span
from kg.extraction.classifiers import Classifiers
from kg.extraction.findings import Ground, Reading
from kg.extraction.linear import Linear
from kg.extraction.parties import Party, words
from kg.extraction.speech import Speeches
from kg.extraction.surroundings import Surroundings

_LISTED = re.compile(
    r"\b(?:victims?|targets?|customers|clients|companies|organi[sz]ations|agencies|firms|others|those (?:hit|"
    r"affected)|affected|users|also (?:hit|affected|breached|targeted))\b[^.;:]{0,50}?(?:\b(?:includ\w+|are|"
    r"were|such as|among them|among which|like|named)\b|:)\W+(?:the )?",
    re.IGNORECASE,
)
_STAFF = cues.words("staff")
_SERVED = cues.words("served")
HARM = frozenset(["intrude", "take", "publish", "sell", "encrypt", "destroy", "alter", "disrupt", "expose"])
DATA_HARM = frozenset(["take", "view", "publish", "sell", "encrypt", "destroy", "alter", "expose"])
_TARGETS = ("on", "at", "of", "against", "to", "into", "from", "involving", "affecting", "targeting", "within", "inside", "in")


class Evidence:
    """The features of one party: how often each holds and the first words for it."""

    def __init__(self) -> None:
        self.count: dict[str, float] = defaultdict(float)
        self.ground: dict[str, Ground] = {}
        self._named: set[str] = set()

    def add(self, name: str, ground: Ground, amount: float = 1.0, named: bool = False) -> None:
        """One more occurrence of a feature; words that name the party are kept before others."""
        self.count[name] += amount
        if name not in self.ground or (named and name not in self._named):
            self.ground[name] = ground
        if named:
            self._named.add(name)

    @property
    def tells(self) -> bool:
        """Whether anything that is said of the party speaks of harm to it."""
        return any(self.count.get(name) for name in TELLING)

    def best_ground(self) -> Ground:
        """The strongest words for the party's being a victim, such that name it first."""
        ordered = [n for n in STRONG_FIRST if n in self.ground] or list(self.ground)
        return self.ground[next((n for n in ordered if n in self._named), ordered[0])]


def weigh(reading: Reading, speeches: Speeches) -> dict[Party, Evidence]:
    """The features of every organization (and person that is hit as one) of a text."""
    return _Weigher(reading, speeches).run()


class _Weigher:
    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.speeches = reading, speeches
        self.doc, self.parties = reading.doc, reading.parties
        self.found: dict[Party, Evidence] = defaultdict(Evidence)
        self._named_in: dict[Party, set[int]] = {}

    def run(self) -> dict[Party, Evidence]:
        for party in self.parties.organizations():
            self._static(party)
        for clause in self.doc.clauses:
            self._clause(clause)
        for chunk in self.doc.chunks:
            self._attack_phrase(chunk)
        for speech in self.speeches.all:
            if speech.party is not None:
                party = speech.party.works_for or speech.party
                self._add(party, "speaks", speech.speaker)
                self._own_harm(party, speech.scope)
        self._lists()
        self._relative()
        self._words()
        around = Surroundings(self.doc, self.parties, self.speeches)
        for party in self.parties.organizations():
            self.found[party].count.update(around.of(party))
        return self.found

    def _words(self) -> None:
        """The words that govern each mention: its verb and place in the clause, the noun that it qualifies, the preposition before it."""
        doc = self.doc
        for clause in self.doc.clauses:
            for place, spans in (("p" if clause.passive else "s", clause.subject), ("o", clause.object), ("b", clause.agent)):
                for span in spans:
                    for party in self.parties.heads(span):
                        self._count(party, f"v:{place}:{'not ' if clause.negated else ''}{clause.lemma}")
                    for party in self.parties.owners(span):
                        self._count(party, f"w:{place}:{clause.lemma}")
        for party in self.parties.organizations():
            for mention in party.mentions:
                if mention.how != "name":
                    continue
                chunk = mention.chunk
                head = doc.head(chunk)
                if not mention.span[0] <= head < mention.span[1]:
                    self._count(party, "n:" + doc.words[head].lower.removesuffix("s"))
                before = chunk[0] - 1
                if before > 0 and doc.words[before].pos in ("IN", "TO"):
                    self._count(party, f"q:{doc.words[before].lower}:{doc.words[before - 1].lemma.removesuffix('s')}")
                if mention.span[0] > chunk[0]:
                    self._count(party, "m:" + doc.words[mention.span[0] - 1].lower)

    def _count(self, party: Party, feature: str) -> None:
        if party.kind == "organization":
            self.found[party].count[feature] += 1.0

    def _own_harm(self, party: Party, scope: Span) -> None:
        """A party that tells of harm to "its systems", or that something happened to it."""
        doc = self.doc
        for clause in doc.clauses_in(doc.sentence_of(scope[0])):
            if not (scope[0] <= clause.verb < scope[1]) or self._negated(clause) or not clause.classes & HARM:
                continue
            words = {w for s in (*clause.patient, *(x for _, more in clause.adjuncts for x in more)) for w in doc.lower(s)}
            if words & {"its", "it", "their", "our", "us", "we", "his"}:
                self._add(party, "tells_own_harm", clause.group)
            elif clause.passive or clause.object:
                self._add(party, "tells_harm", clause.group)

    def _lists(self) -> None:
        """Names that follow "victims include", "customers, among them": A, B and C."""
        doc = self.doc
        for match in _LISTED.finditer(doc.text):
            token = doc.tokens(match.end() - 1, match.end())[1]
            chunk = doc.chunk_at(token) or doc.chunk_at(token + 1)
            if chunk is None or self.speeches.is_negated(chunk[0]):
                continue
            for item in doc.coordinated(chunk):
                for party in self.parties.heads(item):
                    self._add(
                        party,
                        "listed_victim" if "victim" in match.group().lower() or "affected" in match.group().lower() else "listed",
                        item,
                    )

    def _relative(self) -> None:
        """How a party stands beside the others: spoken of most, alone, in the title."""
        doc = self.doc
        usable = [p for p in self.parties.organizations() if not (p.authority or p.press or p.security)]
        if usable:
            most = max(usable, key=lambda p: len(p.mentions))
            self.found[most].add("most_mentioned", self.found[most].ground["mentions"])
            if len(usable) == 1:
                self.found[most].add("only", self.found[most].ground["mentions"])
        for party in self.parties.organizations():
            if any(doc.sentence_of(m.span[0]) in doc.headings for m in party.mentions):
                self.found[party].add("title", self.found[party].ground["mentions"])
            for mention in party.mentions:
                possessed = doc.possessor(mention.chunk)
                if possessed and possessed[0] <= mention.span[0] < possessed[1] and mention.how == "name":
                    head = doc.words[doc.head(mention.chunk)].lower
                    for name in ("system", "group", "attack"):
                        if cues.nouns().has(name, [head]):
                            self.found[party].add("has_" + name, self.found[party].ground["mentions"])

    def _add(self, party: Party, feature: str, span: Span, amount: float = 1.0) -> None:
        if party.kind != "organization":
            return
        sentence = self.doc.sentence_of(span[0])
        a, b = self.doc.sentences[sentence]
        if party not in self._named_in:
            self._named_in[party] = {self.doc.sentence_of(m.span[0]) for m in party.mentions if m.how == "name"}
        named = sentence in self._named_in[party]
        self.found[party].add(feature, self.reading.ground(a, b, "victim." + feature), amount, named)

    def _static(self, party: Party) -> None:
        doc = self.doc
        evidence = self.found[party]
        first = min((m.span for m in party.mentions), default=(0, 1))
        ground = self.reading.ground(*first, "victim.mention")
        evidence.add("mentions", ground, min(len(party.mentions), 6) / 3)
        if doc.sentence_of(first[0]) == 0:
            evidence.add("first_sentence", ground)
        if not any(m.span[0] < first[0] for p in self.parties.organizations() for m in p.mentions):
            evidence.add("first_party", ground)
        if party.basis != "tagged":
            evidence.add(party.basis, ground)
        if party.names & words()["platforms"]:
            evidence.add("platform", ground)
        for flag in ("authority", "security", "press"):
            if getattr(party, flag):
                evidence.add(flag, ground)
        if party is self.parties.self_party:
            evidence.add("self", ground)
        lists = words()
        for mention in party.mentions:
            a, b = doc.sentences[doc.sentence_of(mention.span[0])]
            sentence = doc.say((a, b)).lower()
            low = set(doc.lower((a, b)))
            if any(c in sentence for c in lists["unaffected_cues"]) and mention.how == "name":
                clause = doc.clause_at(mention.span[0])
                if (clause and any(s[0] <= mention.span[0] < s[1] for s in clause.subject)) or len(list(self.parties.organizations())) == 1:
                    evidence.add("unaffected", self.reading.ground(a, b, "victim.unaffected"))
            near = set(doc.lower((max(a, mention.span[0] - 5), min(b, mention.span[1] + 8))))
            if (
                near & {"shares", "stock", "stocks"}
                or (mention.how == "name" and low & {"shares", "stock", "traded", "investors"})
                or (re.fullmatch(r"[A-Z]{2,5}", party.name) and "market" in low)
            ):
                evidence.add("stock", self.reading.ground(a, b, "victim.stock"))
            before = " ".join(doc.lower((max(a, mention.span[0] - 3), mention.span[0])))
            after = " ".join(doc.lower((mention.span[1], min(b, mention.span[1] + 6))))
            if re.search(r"\b(competitors?|rivals?|peers?)\b", before + " | " + after):
                evidence.add("rival", self.reading.ground(a, b, "victim.rival"))
            if re.search(r"\b(maker|vendor|developer|product|software|tool|appliance|plugin|version)\b", after) and re.search(
                r"'s$|\bof$|\bin$|\busing$", before + " "
            ):
                evidence.add("product", self.reading.ground(a, b, "victim.product"))
            if re.search(
                r"\b(hired|retained|engaged|help of|assistance of|working with|with help from|assisted by|researchers? (at|"
                r"from|with)|analysts? (at|from)|firm)\s*$",
                before,
            ):
                evidence.add("helper", self.reading.ground(a, b, "victim.helper"))

    # ── clauses ──────────────────────────────────────────────────────────────────────────

    def _negated(self, clause: Clause) -> bool:
        return clause.negated or self.speeches.is_negated(clause.verb)

    def _clause(self, clause: Clause) -> None:
        classes = clause.classes
        negated = self._negated(clause)
        if clause.hedge in ("may", "might", "could") and any(
            self.doc.words[t].lower in ("stock", "market", "investors", "shares", "benefit", "demand")
            for t in range(*self.doc.sentences[clause.sentence])
        ):
            return
        prefix = "not_" if negated else ""
        span = clause.group
        harm_object = any(cues.nouns().has("attack", self.doc.lower((s[0], self.doc.head(s) + 1))) for s in clause.object)
        if "intrude" in classes and (clause.passive or clause.object or clause.adjuncts):
            for target in clause.patient:
                self._target(target, prefix + "hit", span)
            if not clause.passive:
                for preposition, spans in clause.adjuncts:
                    if preposition in ("into", "to", "at", "inside", "of"):
                        for target in spans:
                            self._target(target, prefix + "hit", span)
            else:
                for preposition, spans in clause.adjuncts:
                    if preposition in ("at", "of", "inside", "in"):
                        for target in spans:
                            self._target(target, prefix + "hit_at", span)
        if classes & DATA_HARM:
            kind = "taken" if classes & {"take", "publish", "sell", "view", "expose"} else "damaged"
            for target in clause.patient:
                for link in self.doc.of_chain(target):
                    for party in self.parties.owners(link):
                        self._add(party, f"{prefix}{kind}", span)
                for party in self.parties.heads(target):
                    self._add(party, f"{prefix}{kind}_self", span)
                for party in self._placed(self.doc.of_chain(target)[-1]):
                    self._add(party, f"{prefix}{kind}_from", span)
            for preposition, spans in clause.adjuncts:
                if preposition in ("from", "of", "at", "on", "belonging", "held", "for", "by", "involving", "about"):
                    for target in spans:
                        feature = f"{prefix}{kind}_{'from' if preposition in ('from', 'at', 'of') else 'near'}"
                        if preposition == "by" and clause.passive:
                            continue
                        for party in (*self.parties.heads(target), *self.parties.owners(target)):
                            self._add(party, feature, span)
        if "disrupt" in classes:
            for target in clause.patient or clause.subject:
                self._target(target, prefix + "disrupted", span)
        if "suffer" in classes and (
            harm_object
            or "fall" in clause.lemma
            or clause.lemma in ("struggle", "grapple", "reel")
            or any(p == "from" for p, _ in clause.adjuncts)
        ):
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, prefix + "suffered", span)
        if clause.lemma in ("be", "include") and any(
            w in ("victim", "victims", "target", "targets") for s in clause.subject for w in self.doc.lower(s)
        ):
            for target in clause.object:
                for party in self.parties.heads(target):
                    self._add(party, prefix + "suffered", span)
        if clause.lemma == "be" and any(
            w in ("victims", "targets", "those") for _, spans in clause.adjuncts for s in spans for w in self.doc.lower(s)
        ):
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, prefix + "suffered", span)
        if (
            clause.lemma == "lose"
            and not clause.passive
            and any(
                cues.nouns().has("system", [w]) or w in ("access", "control", "contact", "records", "money", "funds")
                for s in clause.object
                for w in self.doc.lower(s)
            )
        ):
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, prefix + "suffered", span)
        if clause.lemma in ("be", "become", "fall") and any(
            w in ("victim", "target", "victims", "targets") for s in clause.object for w in self.doc.lower(s)
        ):
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, prefix + "suffered", span)
        if classes & {"expose", "take"} and not clause.passive and not negated:
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, "exposed_own" if "expose" in classes else "took", span)
        if "discover" in classes:
            for subject in clause.doer:
                for party in self.parties.heads(subject):
                    self._add(party, "discovered", span)
        if classes & {"disclose", "say"}:
            about_harm = harm_object or any(
                cues.nouns().has("attack", self.doc.lower((s[0], self.doc.head(s) + 1))) for _, spans in clause.adjuncts for s in spans
            )
            for subject in clause.doer:
                for party in self.parties.heads(subject):
                    self._add(party, "disclosed" if about_harm else "said", span)
            if clause.lemma in ("notify", "inform", "warn", "alert", "tell"):
                told = [w for s in clause.object for w in self.doc.lower(s)]
                if any(cues.nouns().has("group", [w]) or w in ("enforcement", "police", "regulators", "authorities") for w in told):
                    for subject in clause.doer:
                        for party in self.parties.heads(subject):
                            self._add(party, "notified", span)
        if "disrupt" in classes and not clause.passive and clause.object and not negated:
            told = [w for s in clause.object for w in self.doc.lower(s)]
            if any(
                cues.nouns().has("system", [w])
                or w in ("production", "operations", "sales", "orders", "flights", "work", "service", "services")
                for w in told
            ):
                for subject in clause.subject:
                    for party in self.parties.heads(subject):
                        self._add(party, "had_to_stop", span)
        if any(w in ("loss", "losses", "damage", "cost", "costs") for s in clause.object for w in self.doc.lower(s)):
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, "has_losses", span)
        if "pay" in classes and any(w in ("ransom", "bitcoin", "demand") for s in clause.object for w in self.doc.lower(s)):
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, "paid", span)
        if clause.lemma in ("work", "employ", "hire", "volunteer") or (
            clause.lemma == "be" and any(w in _STAFF for s in clause.object for w in self.doc.lower(s))
        ):
            for preposition, spans in clause.adjuncts:
                if preposition in ("at", "for", "by", "with", "in", "of"):
                    for target in spans:
                        for party in self.parties.heads(target):
                            self._add(party, "employs", span)
        if clause.lemma in ("apologize", "apologise", "violate", "fail", "agree", "fine", "settle", "suspend", "dismiss", "fire"):
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, "answers", span)
        if "respond" in classes and not clause.passive:
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, "responds", span)
            for target in clause.object:
                for party in self.parties.heads(target):
                    self._add(party, "helper", span)
        if "attribute" in classes and not clause.passive:
            for subject in clause.subject:
                for party in self.parties.heads(subject):
                    self._add(party, "attributes", span)
        if "involve" in classes and not negated:
            for target in clause.patient:
                for party in self.parties.owners(target):
                    self._add(party, "involved", span)
                for party in self.parties.heads(target):
                    self._add(party, "involved_self", span)
        if "deny" in classes:
            for subject in clause.doer:
                for party in self.parties.heads(subject):
                    self._add(party, "denied", span)
        if "exploit" in classes:
            for target in clause.patient:
                for link in self.doc.of_chain(target):
                    for party in self.parties.in_chunk(link):
                        self._add(party, "exploited", span)

    def _target(self, target: Span, feature: str, span: Span) -> None:
        for party in self.parties.heads(target):
            self._add(party, feature, span)
        chain = self.doc.of_chain(target)
        for link in chain:
            for party in self.parties.owners(link):
                self._add(party, feature + "_owner", span)
            if link != target:
                for party in self.parties.heads(link):
                    self._add(party, feature + "_owner", span)
        for party in self._placed(chain[-1]):
            self._add(party, feature + "_owner", span)

    def _placed(self, phrase: Span) -> list[Party]:
        """Where a thing is: X of "workstations at X", "the systems run for X and Y"."""
        doc = self.doc
        end = phrase[1]
        if end + 1 >= len(doc.words) or doc.words[end].lower not in ("at", "inside", "within", "belonging", "from", "for"):
            return []
        following = doc.chunk_at(end + 1) or doc.chunk_at(end + 2)
        return [p for item in doc.coordinated(following) for p in self.parties.heads(item)] if following else []

    def _attack_phrase(self, chunk: Span) -> None:
        doc = self.doc
        head = doc.head(chunk)
        lower = doc.lower((chunk[0], head + 1))
        if lower[-1] in _STAFF:
            for link in doc.of_chain(chunk):
                for party in (*self.parties.owners(link), *(self.parties.heads(link) if link != chunk else ())):
                    self._add(party, "employs", chunk)
            following = (
                doc.chunk_at(chunk[1] + 1)
                if chunk[1] + 1 < len(doc.words) and doc.words[chunk[1]].lower in ("at", "for", "with", "from")
                else None
            )
            for party in self.parties.heads(following) if following else ():
                self._add(party, "employs", chunk)
        elif lower[-1] in _SERVED:
            for link in doc.of_chain(chunk):
                for party in (*self.parties.owners(link), *(self.parties.heads(link) if link != chunk else ())):
                    self._add(party, "serves", chunk)
        if not cues.nouns().has("attack", lower):
            return
        negated = self.speeches.is_negated(head)
        prefix = "not_" if negated else ""
        for party in self.parties.owners(chunk):
            if party is not self.parties.at(head):
                self._add(party, prefix + "attack_of", chunk)
        end = chunk[1]
        steps = 0
        while end + 1 < len(doc.words) and steps < 3:
            preposition = doc.words[end].lower
            following = doc.chunk_at(end + 1)
            if preposition not in _TARGETS or following is None:
                break
            for target in doc.coordinated(following):
                for party in (*self.parties.heads(target), *self.parties.owners(target)):
                    self._add(
                        party,
                        prefix
                        + (
                            "attack_on"
                            if preposition in ("on", "at", "against", "of", "targeting", "affecting", "involving", "into", "to")
                            else "attack_in"
                        ),
                        chunk,
                    )
                end = target[1]
            steps += 1


# ── the model ────────────────────────────────────────────────────────────────────────────────


LONGEST_ACCOUNT = 700
"""Characters of the longest text that is taken for a mere account of one case, with one victim."""


def account_kind(text: str, classifiers: Classifiers) -> str:
    """``mishap`` for a short account of an employee's mistake or misuse or of a thing lost, else ``attack``: each has its own weights."""
    if len(text) > LONGEST_ACCOUNT:
        return "attack"
    actions = classifiers.veris_actions(text)
    return "mishap" if actions and actions[0].value in ("error", "misuse", "physical") and actions[0].probability >= 0.5 else "attack"


def probability(evidence: Evidence, kind: str = "attack") -> float:
    """How likely a party with this evidence is a victim in an account of this kind."""
    return Linear.bundled("victims").probabilities(vector(evidence))[kind]


def vector(evidence: Evidence) -> dict[str, float]:
    """The features as numbers for the model: at most 2 of each, and whether any harm is told."""
    values = {name: min(amount, 1.0 if ":" in name else 2.0) for name, amount in evidence.count.items()}
    values["any_harm"] = float(any(name in values for name in HARMFUL))
    values["only_denied"] = float(not values["any_harm"] and any(name.startswith("not_") for name in values))
    return values


HARMFUL = (
    "hit",
    "hit_owner",
    "hit_at",
    "taken",
    "taken_from",
    "damaged",
    "damaged_self",
    "damaged_from",
    "disrupted",
    "disrupted_owner",
    "suffered",
    "attack_of",
    "attack_on",
    "exposed_own",
    "paid",
    "had_to_stop",
    "listed_victim",
)
"""Features that tell of harm to the party itself."""
TELLING = (
    *HARMFUL,
    "taken_near",
    "taken_self",
    "attack_in",
    "tells_own_harm",
    "tells_harm",
    "discovered",
    "notified",
    "has_losses",
    "involved",
    "disclosed",
    "has_attack",
)
"""Features that say at least that the party has to do with harm."""
STRONG_FIRST = (
    "hit",
    "attack_on",
    "suffered",
    "hit_owner",
    "attack_of",
    "taken_from",
    "taken",
    "damaged",
    "damaged_self",
    "disrupted",
    "disrupted_owner",
    "hit_at",
    "exposed_own",
    "taken_self",
    "taken_near",
    "paid",
    "notified",
    "disclosed",
    "discovered",
    "involved",
    "said",
    "mentions",
)
