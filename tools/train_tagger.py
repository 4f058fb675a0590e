"""Trains the models of ``kg.extraction.tagger``: a teacher tags texts, its names are put right, and small models learn from that.

    python tools/train_tagger.py teach --out silver.jsonl.gz --vcdb pairs.jsonl.gz --hhs reports.jsonl.gz --annoctr docs.jsonl.gz \\
        --markdown reports --teacher en_core_web_sm --leave-out dev1.jsonl.gz --leave-out dev2.jsonl
    python tools/train_tagger.py train silver.jsonl.gz --models kg/extraction/models --actors threat-actor.json --actors tool.json \\
        --actors ransomware.json --teachers 1
    python tools/train_tagger.py measure --models kg/extraction/models --annoctr dev.jsonl.gz --vcdb dev.jsonl.gz --gold dev.jsonl

``teach`` needs spaCy and a pipeline for English (``--teacher``, may be named twice); ``train`` and ``measure`` need python-crfsuite
alone. Texts that stand in a ``--leave-out`` file are not learnt from, by document id and by their beginnings.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import importlib
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kg.extraction.tagger import Tagger, chunk_features, name_features, pos_features, spans
from kg.extraction.tokens import Sentence, sentences

HERE = Path(__file__).resolve().parent.parent


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Words at the end of the names of organisations
HEADS = _words(
    """hospital hospitals clinic clinics university college school schools district department dept dept. agency authority bank inc inc.
    corp corp. llc ltd ltd. co. company corporation group center centre commission council bureau ministry institute foundation
    association insurance police court union committee partners associates airlines airways telecom pharmacy pharmacies church society
    federation office administration trust technologies solutions healthcare academy library system systems laboratories cooperative
    credit-union services network partnership consulting holdings industries enterprises casino hotels resorts restaurants stores
    foods pipeline motors energy electric airport entertainment capital financial pharma pharmaceuticals logistics software
    labs railway railways brewery motor automotive semiconductor payments wireless telecommunications gaming
    plc gmbh pllc p.c. p.a. s.a. ag dental physicians surgeons orthopedics pediatrics radiology oncology hospice"""
)
OF_HEADS = _words(
    """university department dept dept. ministry bank office bureau board college city town county village state commonwealth borough
    commission institute hospital school church academy archdiocese diocese association council hospitals clinic center society
    federation port parliament house government"""
)
LEGAL = _words("inc inc. corp corp. llc ltd ltd. plc gmbh co. pllc p.c. p.a. l.l.c. llp l.p. lp s.a. ag n.v. corporation")
# Jargon that is written in capitals and names nobody
JARGON = _words(
    """phi ephi pii ssn ssns ce ces ba bas dob it hr ceo ciso cfo cio coo cto ddos dos mfa vpn rdp usb pc pcs pdf api ai url urls dns ip ips
    http https sql id ids os ehr emr ics scada pos atm atms pin pins ioc iocs ttp ttps c2 rat rats apt apts po iso ro
    cmop dna hipaa gdpr cve html xml json
    php javascript powershell vba dll exe smtp ftp ssh tcp udp ssl tls aes rsa md5 sha sha256 sha-256 macro macros phish md dds rn mri cd
    dvd raas bec eac bazaar tor iot ot iam sso vm vms cpu gpu ram ui ux gui crm erp faq q1 q2 q3 q4 covid covid-19 coronavirus social
    security number numbers internet web dark exchange word excel office outlook windows linux android ios macos breach data hackers
    hacker ransomware malware virus trojan botnet email e-mail cyber"""
)
# Who somebody is, and no organisation
ROLES = _words(
    """officer director manager attorney president chief veteran veterans patient patients doctor professor judge sheriff mayor senator
    governor spokesman spokeswoman executive minister secretary commissioner chairman employee"""
)
TITLES = _words("mr. mrs. ms. dr. sgt. lt. capt. rep. sen. gov. det. street st. avenue ave. road highway judge class north south east west")
TIMES = _words(
    """january february march april may june july august september october november december jan. feb. mar. apr. jun. jul. aug. sep. sept.
    oct. nov. dec. monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow"""
)
LABEL = {"ORG": "ORG", "PERSON": "PERSON", "GPE": "PLACE", "LOC": "PLACE", "FAC": "PLACE", "NORP": "OTHER", "PRODUCT": "OTHER"}
LABEL |= {"EVENT": "OTHER", "LAW": "OTHER", "WORK_OF_ART": "OTHER", "LANGUAGE": "OTHER"}
MARKS = frozenset([",", ".", ":", "``", "''", "-LRB-", "-RRB-", "HYPH", "NFP", "_SP", "''", '""', "#"])


# --- the texts ------------------------------------------------------------------------------------------------------------------------


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    for line in (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8").split("\n"):
        if line:
            yield json.loads(line)


def start_of(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())[:60]


def texts(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Documents: id, source, text, the names of organisations that are known to be in it, spans that people marked."""
    ids: set[str] = set()
    starts: set[str] = set()
    for path in args.leave_out:
        for doc in lines_of(path):
            ids.add(re.sub(r"^(vcdb|annoctr)-", "", doc["doc_id"]).lower())
            starts.add(start_of(doc["text"]))
    if args.vcdb:
        for doc in lines_of(args.vcdb):
            if doc["id"].lower() in ids or start_of(doc["text"]) in starts:
                continue
            key = doc["key"]
            names = [key.get("victim") or "", *(key.get("secondary_victims") or [])]
            yield {"source": "vcdb", "id": doc["id"], "text": doc["text"], "names": [n for n in names if isinstance(n, str)]}
    if args.hhs:
        rows = list(lines_of(args.hhs))
        random.Random(1).shuffle(rows)
        for doc in rows[: args.hhs_count]:
            if start_of(doc["text"]) not in starts:
                yield {"source": "hhs", "id": doc["id"], "text": doc["text"], "names": [doc["key"]["entity"]]}
        for doc in rows[args.hhs_count :]:
            yield {"source": "pool", "id": doc["id"], "text": "", "names": [doc["key"]["entity"]]}
    if args.annoctr:
        for doc in lines_of(args.annoctr):
            if doc["id"].lower() in ids:
                continue
            text, gold, layers = "", [], set()
            for sentence in doc["sentences"]:
                for span in sentence["spans"]:
                    layers.add(span["layer"])
                    gold.append((len(text) + span["start"], len(text) + span["end"], span["type"]))
                text += sentence["text"] + "\n\n"
            if start_of(text) in starts:
                continue
            yield {"source": "annoctr", "id": doc["id"], "text": text, "names": [], "gold": gold if "ne" in layers else None}
    for path in sorted((HERE / "data" / "reports").glob("*/*.yaml")):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            if document and document.get("text"):
                title = (document.get("report") or {}).get("title") or ""
                yield {"source": "reports", "id": path.stem, "text": f"{title}\n\n{document['text']}", "names": []}
    for folder in args.markdown:
        for path in sorted(folder.rglob("*.md")):
            yield {"source": "markdown", "id": path.stem, "text": path.read_text(encoding="utf-8"), "names": []}


def reference_names() -> tuple[list[str], list[str]]:
    """Organisations and actors of our own reference data, with their other names."""
    orgs: list[str] = []
    actors: list[str] = []
    for path in sorted((HERE / "data" / "reference").glob("*.yaml")):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            for key, into in (("organizations", orgs), ("actors", actors)):
                for entry in (document or {}).get(key) or []:
                    others = entry.get("aliases") or []
                    into += [entry["name"], *([others] if isinstance(others, str) else [o for o in others if isinstance(o, str)])]
    return orgs, actors


def galaxy(paths: Iterable[Path]) -> list[str]:
    """Names of groups, malware and tools in clusters of the MISP galaxy, with their other names."""
    names = []
    for path in paths:
        data = path.read_bytes()
        for entry in json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)["values"]:
            names += [entry["value"], *((entry.get("meta") or {}).get("synonyms") or [])]
    return [n for n in names if n[:1].isupper() and len(n) < 40 and len(n.split()) < 4]


def places() -> list[list[str]]:
    """Countries, and the parts of some, after ISO 3166."""
    import pycountry

    names = [getattr(c, "common_name", c.name) for c in pycountry.countries for _ in range(10)]
    for code in ("US", "CA", "DE", "AU", "IN", "GB", "CN", "JP", "UA", "BR"):
        names += [part.name for part in pycountry.subdivisions.get(country_code=code) for _ in range(6 if code == "US" else 3)]
    return [words_of(name) for name in names if "," not in name and "(" not in name and "[" not in name]


# --- the teacher ----------------------------------------------------------------------------------------------------------------------


def split_words(words: list[str]) -> tuple[list[str], list[int]]:
    """The words as the teacher cuts them (hyphens apart), and whose part each is."""
    parts: list[str] = []
    whose: list[int] = []
    for at, word in enumerate(words):
        pieces = re.split(r"(-)", word) if "-" in word[1:-1] and not re.search(r"[\d:/@]", word) and len(word) > 3 else [word]
        pieces = [p for p in pieces if p]
        if word == "cannot":
            pieces = ["can", "not"]
        parts += pieces
        whose += [at] * len(pieces)
    return parts, whose


def whole_tag(tags: list[str], words: list[str]) -> str:
    """The class of a word with hyphens, from those of its parts."""
    last = tags[-1]
    if len(tags) == 1:
        return "PUNCT" if last in MARKS else {"$": "SYM", "ADD": "NN", "AFX": "JJ", "XX": "FW", "LS": "CD", "NIL": "NN"}.get(last, last)
    if words == ["can", "not"]:
        return "MD"
    if last in {"VBN", "VBG", "VBD", "JJ"} or (tags[0] in {"JJ", "CD", "RB", "IN"} and last == "NN"):
        return "JJ"
    return last if last not in MARKS else "NN"


def teach(args: argparse.Namespace) -> None:
    import spacy
    from spacy.tokens import Doc

    teachers = []
    for name in args.teacher:
        try:
            pipeline = spacy.load(name)
        except OSError:
            module = importlib.import_module(name)
            folder = next(p for p in Path(str(module.__file__)).parent.iterdir() if (p / "config.cfg").exists())
            pipeline = spacy.load(folder)
        teachers.append(pipeline)
        print(name, pipeline.meta["version"], pipeline.meta["license"], file=sys.stderr)
    documents = []
    began = time.time()
    for document in texts(args):
        found: list[dict[str, Any]] = []
        listed = sentences(document["text"])
        sizes, cut, starts, whose = [], [], [], []
        for sentence in listed:
            words = [t.text for t in sentence.tokens]
            parts, owners = split_words(words)
            starts += [True] + [False] * (len(parts) - 1)
            whose += [len(sizes) + o for o in owners]
            sizes += [len(found)] * len(words)
            cut += parts
            found.append({"w": words, "h": sentence.heading, "at": [(t.start, t.end) for t in sentence.tokens]})
        if cut:
            first_word = {}
            for at, owner in enumerate(sizes):
                first_word.setdefault(owner, at)
            for number, teacher in enumerate(teachers):
                parsed = teacher(Doc(teacher.vocab, words=cut, sent_starts=starts))
                if number == 0:
                    tags: dict[int, list[int]] = collections.defaultdict(list)
                    for at, owner in enumerate(whose):
                        tags[owner].append(at)
                    for owner, sentence_number in enumerate(sizes):
                        places = tags[owner]
                        tag = whole_tag([parsed[p].tag_ for p in places], [cut[p] for p in places])
                        found[sentence_number].setdefault("p", []).append(tag)
                    for sentence_ in found:
                        sentence_["c"] = ["O"] * len(sentence_["w"])
                    for chunk in parsed.noun_chunks:
                        first, last = whose[chunk.start], whose[chunk.end - 1]
                        if sizes[first] == sizes[last]:
                            base = first_word[sizes[first]]
                            row = found[sizes[first]]["c"]
                            row[first - base] = "B-NP"
                            row[first - base + 1 : last - base + 1] = ["I-NP"] * (last - first)
                for entity in parsed.ents:
                    first, last = whose[entity.start], whose[entity.end - 1]
                    if entity.label_ in LABEL and sizes[first] == sizes[last]:
                        base = first_word[sizes[first]]
                        names = found[sizes[first]].setdefault("n", [])
                        names.append((number, first - base, last - base + 1, LABEL[entity.label_]))
        documents.append({**document, "sentences": found})
        if len(documents) % 500 == 0:
            print(len(documents), round(time.time() - began), "s", file=sys.stderr)
    with gzip.open(args.out, "wt", encoding="utf-8") as file:
        for document in documents:
            file.write(json.dumps(document, ensure_ascii=False) + "\n")


# --- names put right ------------------------------------------------------------------------------------------------------------------


class Names:
    """Names as sequences of words, to be found in sentences."""

    def __init__(self) -> None:
        self.by_first: dict[str, dict[tuple[str, ...], str]] = collections.defaultdict(dict)

    def add(self, name: str, label: str) -> None:
        listed = words_of(name)
        words = bare(listed)
        if listed and listed[-1] in {"'s", "’s"}:  # Macy's
            words.append(listed[-1])
        if words and any(c.isalpha() for c in words[0]):
            self.by_first[words[0]][tuple(words)] = label

    def find(self, words: list[str]) -> list[tuple[int, int, str]]:
        found = []
        for at, word in enumerate(words):
            for name, label in self.by_first.get(word, {}).items():
                if tuple(words[at : at + len(name)]) == name:
                    found.append((at, at + len(name), label))
        return found


def words_of(name: str) -> list[str]:
    return [t.text for s in sentences(" ".join(name.split())) for t in s.tokens]


def bare(words: list[str]) -> list[str]:
    """Without article, legal form, marks at the end."""
    words = list(words)
    while words and (words[-1].lower() in LEGAL or words[-1] in {",", ".", "(", ")", "'s", "’s", "'", "’"}):
        words.pop()
    if len(words) > 1 and words[0].lower() in {"the", "a", "an"}:
        words = words[1:]
    return words


def loud(words: list[str]) -> bool:
    """Whether capitals say nothing in this sentence."""
    letters = [w for w in words if w[0].isalpha()]
    return len(letters) > 4 and sum(w[0].isupper() for w in letters) * 4 > len(letters) * 3


def patterns(words: list[str]) -> list[tuple[int, int, str]]:
    """Organisations by the form of their names: "Mercy Hospital", "University of Springfield", "Department of Health"."""
    capital = [w[0].isupper() or (w[0].isdigit() and any(c.isupper() for c in w)) for w in words]
    found = []
    at = 0
    while at < len(words):
        if not capital[at] or (words[at].lower() in {"the", "a", "an", "in", "at", "on", "this", "that", "our", "its", "for"}):
            at += 1
            continue
        start = at
        while at < len(words) and (capital[at] or (words[at] in {"&", "'s", "’s"} and at + 1 < len(words) and capital[at + 1])):
            at += 1
        stop = at
        head = words[stop - 1].lower()
        if head in OF_HEADS and stop + 1 < len(words) and words[stop] == "of":
            more = stop + 1
            if words[more].lower() == "the" and more + 1 < len(words):
                more += 1
            if capital[more]:
                while more < len(words) and (capital[more] or (words[more] == "&" and more + 1 < len(words) and capital[more + 1])):
                    more += 1
                wide = head in {"department", "dept", "dept.", "ministry", "bureau", "office", "board", "commission", "college"}
                if wide and more + 1 < len(words) and words[more] == "and" and capital[more + 1]:
                    more += 1
                    while more < len(words) and capital[more]:
                        more += 1
                found.append((start, more, "ORG"))
                at = more
                continue
        if head in HEADS and stop - start > 1 and not nobody(words[start:stop]):
            found.append((start, stop, "ORG"))
    return found


def put_right(documents: list[dict[str, Any]], args: argparse.Namespace) -> list[dict[str, Any]]:
    """Sentences with words, classes, chunks and one label a word."""
    known = Names()
    orgs, actors = reference_names()
    for name in orgs:
        known.add(name, "ORG")
    for name in actors:
        known.add(name, "OTHER")
    for name in galaxy(args.actors):
        if len(name.split()) > 1 or re.search(r"\d|[a-z][A-Z]", name):
            known.add(name, "OTHER")

    # how the teachers label a name all over the texts, and how often they leave it alone
    votes: dict[tuple[str, ...], collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for document in documents:
        for sentence in document["sentences"]:
            if loud(sentence["w"]):
                continue
            for _, first, stop, label in sentence.get("n", []):
                words = tuple(bare(sentence["w"][first:stop]))
                if words:
                    votes[words][by_form(words, label)] += 1
    seen: collections.Counter[tuple[str, ...]] = collections.Counter()
    finder: dict[str, set[tuple[str, ...]]] = collections.defaultdict(set)
    for words, counts in votes.items():
        if counts.total() > 1:
            finder[words[0]].add(words)
    for document in documents:
        for sentence in document["sentences"]:
            if loud(sentence["w"]):
                continue
            for at, word in enumerate(sentence["w"]):
                for words in finder.get(word, ()):
                    if tuple(sentence["w"][at : at + len(words)]) == words:
                        seen[words] += 1
    number = max(1, args.teachers)
    settled: dict[tuple[str, ...], str] = {}
    for words, counts in votes.items():
        label, most = counts.most_common(1)[0]
        share = counts.total() / number / max(1, seen[words])
        if seen[words] >= 6 and share < 0.34:
            settled[words] = ""
        elif seen[words] >= 4 and most > 0.7 * counts.total() and share >= 0.5:
            settled[words] = label

    learnt = []
    for document in documents:
        own = Names()
        for name in document["names"]:
            if not re.match(r"(?i)unknown|unnamed|undisclosed|united states|individual", name) and len(name) > 2:
                own.add(name, "ORG")
        gold = document.get("gold")
        here: dict[tuple[str, ...], str] = {}
        rows = []
        for sentence in document["sentences"]:
            words, is_loud = sentence["w"], loud(sentence["w"])
            layers: list[list[tuple[int, int, str]]] = [[], [], [], [], []]
            if gold is not None:
                layers[0] = gold_spans(sentence, gold)
            layers[1] = own.find(words)
            teachers: dict[tuple[int, int], list[str]] = collections.defaultdict(list)
            for _, first, stop, label in sentence.get("n", []):
                inner = bare_span(words, first, stop)
                if inner:
                    teachers[inner].append(by_form(words[inner[0] : inner[1]], label))
            named = {at for first, stop in teachers for at in range(first, stop)}
            for first, stop, label in known.find(words):
                plain = stop - first == 1 and re.fullmatch(r"[A-Z][a-z]+", words[first])
                if not plain or first in named:
                    layers[2].append((first, stop, label))
            if gold is None or not layers[0]:
                layers[3] = [] if is_loud else patterns(words)
            for (first, stop), labels in teachers.items():
                name = tuple(words[first:stop])
                label = settled.get(name, "" if is_loud else labels[0] if agreed(labels, number, words, first, stop) else "")
                if label and not nobody(name):
                    layers[4].append((first, stop, label))
            if not is_loud:
                covered = {at for first, stop, _ in layers[4] for at in range(first, stop)}
                for at, word in enumerate(words):
                    for name in finder.get(word, ()):
                        label = settled.get(name, "")
                        if label and tuple(words[at : at + len(name)]) == name and at not in covered and not nobody(name):
                            layers[4].append((at, at + len(name), label))
            if gold is not None:  # people have marked the organisations and places of this text: the teacher may add others
                layers[3] = []
                surely = {s for s, labels in teachers.items() if len(labels) >= number and len(set(labels)) == 1}
                layers[4] = [s for s in layers[4] if s[2] in {"PERSON", "OTHER"} and (s[0], s[1]) in surely]
                layers[2] = [s for s in layers[2] if s[2] == "OTHER"]
            rows.append((sentence, layers))
            for first, stop, label in layers[1] + layers[0]:
                here[tuple(words[first:stop])] = label
        for sentence, layers in rows:
            words = sentence["w"]
            for at in range(len(words)):  # a name of this text stands for the same thing all over it
                for name, label in here.items():
                    if words[at] == name[0] and tuple(words[at : at + len(name)]) == name:
                        layers[1].append((at, at + len(name), label))
            labels = merged(words, layers)
            learnt.append({"w": words, "p": sentence["p"], "c": sentence["c"], "l": labels, "s": document["source"], "d": document["id"]})
    return learnt


def nobody(name: Iterable[str]) -> bool:
    words = list(name)
    if words[-1].lower() in ROLES or (words[0].lower() in ROLES and len(words) == 2 and len(words[1]) == 1):
        return True
    nothing = JARGON | TIMES
    return all(w.lower() in nothing or len(w) == 1 or not any(map(str.isalpha, w)) or w.upper().startswith("CVE-") for w in words)


def agreed(labels: list[str], teachers: int, words: list[str], first: int, stop: int) -> bool:
    """Whether a name that is rare in the texts is believed: all teachers say so, or one does and its capitals speak for it."""
    if len(set(labels)) == 1 and len(labels) >= teachers:
        return True
    return stop - first > 1 and all(w[0].isupper() or w.lower() in {"of", "the", "and", "&", "for", "'s", "’s"} for w in words[first:stop])


def by_form(words: Iterable[str], label: str) -> str:
    """An organisation's name is one whatever the teacher took it for."""
    listed = list(words)
    last = listed[-1].lower() if listed else ""
    if last in HEADS and len(listed) > 1:
        return "ORG"
    if len(listed) > 2 and listed[0].lower() in OF_HEADS and listed[1] == "of":
        return "ORG"
    return label


def bare_span(words: list[str], first: int, stop: int) -> tuple[int, int] | None:
    while stop > first and (words[stop - 1] in {"'s", "’s", "'", "’", ",", ".", ")", "]", "“", '"', "*", "**"}):
        stop -= 1
    while first < stop and (words[first].lower() in {"the", "a", "an"} or words[first] in {"“", '"', "[", "(", "*", "**", "'"}):
        first += 1
    return (first, stop) if first < stop and any(w[0].isalnum() for w in words[first:stop]) else None


def gold_spans(sentence: dict[str, Any], gold: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    starts = {start: at for at, (start, _) in enumerate(sentence["at"])}
    ends = {end: at + 1 for at, (_, end) in enumerate(sentence["at"])}
    label = {"ORG": "ORG", "LOC": "PLACE", "GROUP": "OTHER", "MALWARE": "OTHER", "TOOL": "OTHER"}
    found = []
    for start, end, kind in gold:
        if kind in label and start in starts and end in ends:
            words = sentence["w"][starts[start] : ends[end]]
            if any(c.isupper() for w in words for c in w):
                inner = bare_span(sentence["w"], starts[start], ends[end])
                if inner:
                    people = kind == "LOC" and any(a == inner[0] and text == "OTHER" for _, a, _, text in sentence.get("n", []))
                    found.append((*inner, "OTHER" if people else label[kind]))
    return found


def merged(words: list[str], layers: list[list[tuple[int, int, str]]]) -> list[str]:
    """Labels of the words: the surer layer first, longer before shorter; an organisation's longer name takes in a known shorter one."""
    taken: list[tuple[int, int, str]] = []
    longer = [s for layer in layers[3:] for s in layer if s[2] == "ORG"]
    for number, layer in enumerate(layers):
        for first, stop, label in sorted(layer, key=lambda s: (s[0] - s[1], s[0])):
            if label == "ORG" and number in {1, 2}:
                for a, b, _ in longer:
                    if a <= first and b >= stop and "," not in words[a:b] and "and" not in words[a:b]:
                        first, stop = a, b
            if any(a < stop and first < b for a, b, _ in taken):
                continue
            if label == "ORG":  # the legal form belongs to the name
                if stop < len(words) and words[stop].lower() in LEGAL:
                    stop += 1
                elif stop + 1 < len(words) and words[stop] == "," and words[stop + 1].lower() in LEGAL:
                    stop += 2
                if any(a < stop and first < b for a, b, _ in taken):
                    continue
            taken.append((first, stop, label))
    for first, stop, label in list(taken):  # "Springfield Health Department (SHD)": short forms in brackets
        if label == "ORG" and stop + 2 < len(words) and words[stop] == "(" and words[stop + 2] == ")":
            short = words[stop + 1]
            initials = "".join(w[0] for w in words[first:stop] if w[0].isupper())
            if short.isupper() and len(short) > 1 and (short == initials or short[0] == initials[:1]) and not nobody([short]):
                taken = [s for s in taken if not (s[0] <= stop + 1 < s[1])]
                taken.append((stop + 1, stop + 2, "ORG"))
    labels = ["O"] * len(words)
    for first, stop, label in taken:
        labels[first:stop] = ["B-" + label] + ["I-" + label] * (stop - first - 1)
    return labels


# --- more sentences -------------------------------------------------------------------------------------------------------------------

# Forms of the genre. O an organisation, P a person, L a place, X another name (group, malware); small words stand as they are
FORMS = """
O said on Monday that hackers had stolen the data of its customers .
O , O and O warned staff after a payroll supplier was breached .
O and O said they were not affected .
The attack on O was claimed by X .
X has claimed responsibility for the attack on O .
O 's systems were encrypted , a spokesman for O said .
P , a spokeswoman for O , said the hospital had restored its systems .
P , chief executive of O , told O that no data was lost .
Hospital operator O said it had notified the police .
Software maker O and security firm O published an advisory .
Payroll provider O was hacked in June .
Shares of O fell 3 percent .
O ( NYSE : ABC ) said in a filing with O that it had detected unauthorized access .
O ( NASDAQ : ABC ) disclosed a cybersecurity incident .
O , a supplier of O , was hit by the X ransomware .
O is notifying 12,345 patients of a data breach .
According to O , a laptop was stolen from an employee 's car in L .
O in L , L , has notified patients that their information may have been viewed .
A former employee of O was sentenced in L for stealing records .
The L-based company O said that its website was defaced .
Researchers at O attributed the campaign to X .
O attributes the intrusion to X , a group that works for L .
O blamed L for the attack ; L denied any involvement .
Officials in L said that the networks of O were taken offline .
The O confirmed that an email account was compromised .
The O has agreed to pay $ 2 million to settle with the O .
The breach at O exposed names and Social Security numbers .
O , which runs the payroll of O , did not respond to a request for comment .
O bought O in 2015 .
O , formerly known as O , said its servers had been accessed .
O 's subsidiary O reported the theft to O .
Customers of O , O , O and O are affected .
X , X and X are tools of X .
In May , P of O told reporters that X had exploited a flaw in X .
The ransomware group X listed O on its leak site .
X posted files of O on a forum .
P , who worked at O , pleaded guilty on Tuesday .
P P was arrested in L on Friday .
Police in L arrested P on behalf of the O .
O Confirms Data Breach
O Hit by Ransomware Attack
O , O Report Data Breaches
O Says Hackers Stole Customer Data
Hackers Leak Data Stolen From O
O data breach affects 40,000 patients
O breach : what we know so far
O discloses breach after X attack
Data of O customers sold online
Ransomware attack on O disrupts surgeries
O employee pleads guilty to selling patient records
Notice of Data Incident at O
The incident did not affect O or O .
There is no evidence that O was a target .
O declined to comment .
A person familiar with the matter said O had paid the ransom .
O is owned by O .
O , one of the largest banks in L , lost 10 million records .
Dear patient of O , we are writing to tell you about an incident .
On April 3 , 2019 , O discovered that a vendor , O , had been breached .
The covered entity , O , reported that its business associate , O , was hacked .
An employee of O mailed letters to the wrong addresses .
Students at O were able to see the records of others .
Teachers of O had their W-2 forms stolen .
Data from O were published by the hacktivists of X .
A vulnerability in X of O was exploited , O warned .
O ; O ; O
Microsoft-owned O said it had reset passwords .
The attackers got into O through O .
Cyber criminals broke into the computer system of O .
O .
The O , the O and the O issued a joint statement .
P , the sheriff of L , said O was helping .
In a letter to P , O wrote that the files had been deleted .
O spokesman P said the bank 's ATMs in L were not hit .
O CEO P apologized .
O , O and O said they had been breached .
O , O and O confirmed the attack .
Shares of O ( ABC ) fell 4 % after the news .
Rivals such as O ( ABC ) and O ( ABC ) rose .
O ( NYSE : ABC ) and O ( NASDAQ : ABC ) are competitors .
X is a loader that downloads X .
The X malware is sold on forums .
X ransomware encrypts files and deletes shadow copies .
Samples of X were found on the servers of O .
X ( also known as X ) has targeted O since 2015 .
The group uses X and X to move through networks .
The actor deployed X , X and a web shell .
X communicates with its server over HTTP .
O tracks the group as X .
Analysis of X by O shows that it steals passwords .
The X botnet was taken down by O .
New version of X targets banks in L
The payload of X is written in Rust .
This X campaign began in June .
X drops a copy of itself .
The backdoor X gives the attackers control of the machine .
Operators of X leaked the data .
O 's researchers named the malware X .
P said in L that X had attacked L .
X was blamed for the attack on O .
X , a group from L , stole DNA data from O .
X has attacked banks in L and L .
O , O and O were breached .
O and O were named .
O told O and O .
Besides O , the attackers reached O and O .
O and other customers of O were hit .
O told customers to reset their passwords .
Attackers stole $ 40 million from O , the exchange said .
The leak at O , first reported by O , includes emails .
Hackers broke into O and stole source code .
P , an analyst at O who was not involved , said the tool is old .
X breached O , O says .
P in L said X was behind it .
O v. O
O in L
"""
MONTHS = ("January", "March", "May", "June", "September", "December")


def augmented(
    rows: list[dict[str, Any]], documents: list[dict[str, Any]], seed: int, forms: int, swaps: float, others: list[str]
) -> list[dict[str, Any]]:
    """Sentences with other names in place of theirs, forms filled with names, and both in capitals or With Capitals."""
    dice = random.Random(seed)
    orgs, actors = reference_names()
    pool: list[list[str]] = [words_of(n) for n in orgs]
    pool *= 2
    for document in documents:
        for name in document["names"]:
            words = words_of(name)
            capitals = sum(w[0].isupper() for w in words)
            good = 0 < len(words) < 9 and capitals * 2 >= len(words) and not re.match(r"(?i)unknown|unnamed", name)
            listing = any(w == "," and next_.lower() not in LEGAL for w, next_ in zip(words, [*words[1:], ""], strict=False))
            several = "and" in words and (words[-1].lower() not in HEADS or dice.random() < 0.5)
            if good and not listing and not several and (not name.isupper() or len(name) < 6):
                pool.append(words)
    by_label = {"ORG": pool, "OTHER": [words_of(n) for n in [*actors, *actors, *others]], "PERSON": [], "PLACE": places()}
    for row in rows:
        if not loud(row["w"]):
            for first, stop, label in spans(row["l"]):
                if label != "ORG" and stop - first < 5:
                    by_label[label].append(row["w"][first:stop])
    made: list[dict[str, Any]] = []

    single = [words for words in pool if len(words) == 1]

    def drawn(label: str) -> list[str]:
        words = list(dice.choice(by_label[label]))
        if label == "ORG" and (chance := dice.random()) < 0.4:
            words = [invented(dice)] if chance < 0.12 else list(dice.choice(single))
        if label == "ORG" and not any(w.lower() in LEGAL for w in words) and dice.random() < 0.12:
            words += dice.choice(([",", "Inc."], ["Inc."], ["Corp."], ["LLC"], ["Ltd."], ["plc"], ["Group"], [",", "LLC"], ["Co."], ["AG"]))
        elif label == "OTHER" and dice.random() < 0.25:
            words = [invented(dice)]
        if words[0] in {"The", "the"}:
            words = words[1:] or words
        return words

    def filled(parts: list[tuple[list[str], str]]) -> tuple[list[str], list[str]]:
        words: list[str] = []
        labels: list[str] = []
        for part, label in parts:
            words += part
            labels += ["O"] * len(part) if label == "O" else ["B-" + label] + ["I-" + label] * (len(part) - 1)
        return words, labels

    for row in rows:
        found = spans(row["l"])
        if dice.random() < swaps and any(s[2] == "ORG" for s in found) and not loud(row["w"]):
            parts: list[tuple[list[str], str]] = []
            at = 0
            for first, stop, label in found:
                parts += [([w], "O") for w in row["w"][at:first]]
                other = label in {"ORG", "PERSON"} or dice.random() < 0.3
                parts.append((drawn(label) if other else row["w"][first:stop], label))
                at = stop
            parts += [([w], "O") for w in row["w"][at:]]
            words, labels = filled(parts)
            made.append({"w": words, "l": labels})
    listed = [form.split() for form in FORMS.strip().splitlines()]
    slots = {"O": "ORG", "P": "PERSON", "L": "PLACE", "X": "OTHER"}
    for _ in range(forms):
        ticker = "".join(dice.choice("ABCDEFGHIKLMNOPRSTUVWXYZ") for _ in range(dice.randint(1, 4)))
        form = [dice.choice(MONTHS) if w in {"May", "June", "April"} else ticker if w == "ABC" else w for w in dice.choice(listed)]
        words, labels = filled([(drawn(slots[w]), slots[w]) if w in slots else ([w], "O") for w in form if not w.startswith("L-")])
        made.append({"w": words, "l": labels})
    for row in rows + made:
        if len(row["w"]) < 25 and dice.random() < 0.08:
            if dice.random() < 0.45:
                made.append({"w": [w.upper() for w in row["w"]], "l": row["l"], "p": row.get("p")})
            else:
                words = [w if w.lower() in SMALL and at else w[0].upper() + w[1:] for at, w in enumerate(row["w"])]
                if words[-1] == "." and len(words) > 1:
                    made.append({"w": words[:-1], "l": row["l"][:-1], "p": row["p"][:-1] if row.get("p") else None})
                else:
                    made.append({"w": words, "l": row["l"], "p": row.get("p")})
    return made


ONSETS = "b c d f g k l m n p r s t v z br cr dr fl gr pl st tr ch sh"
BUSINESSES = "Net Soft Tech Pay Bank Health Care Cloud Mart Works Link Point"


def invented(dice: random.Random) -> str:
    """A name that nobody has: what stands around a name should count, and not only names that were seen."""

    def syllables(count: int) -> str:
        return "".join(dice.choice(ONSETS.split()) + dice.choice(("a", "e", "i", "o", "u", "ai", "ea", "ia")) for _ in range(count))

    kind = dice.random()
    first = syllables(dice.randint(1, 3)) + dice.choice(("", "", "n", "x", "r", "s", "l", "ro", "tek", "via", "ix"))
    if kind < 0.6:
        return first.capitalize()
    if kind < 0.75:
        return syllables(1).capitalize() + dice.choice(BUSINESSES.split())
    if kind < 0.9:
        return "".join(dice.choice("ABCDEFGHIKLMNOPRSTUVWXZ") for _ in range(dice.randint(2, 4)))
    return dice.choice("ei") + first.capitalize() if kind < 0.94 else str(dice.randint(2, 99)) + first.capitalize()


SMALL = _words("a an the and or but of in on at by for to from with as 's ’s n't vs via")


# --- the models -----------------------------------------------------------------------------------------------------------------------


def fitted(rows: Iterable[tuple[list[list[str]], list[str]]], algorithm: dict[str, Any], rounds: int) -> bytes:
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({**algorithm, "max_iterations": rounds, "feature.possible_transitions": False, "num_memories": 4, "epsilon": 1e-4})
    for features, labels in rows:
        trainer.append(features, labels)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        trainer.train(str(path))
        return path.read_bytes()


def unsure(row: dict[str, Any]) -> bool:
    """Whether a word looks like a name and has no label: the teacher has overlooked it as likely as not."""
    return any(
        label == "O" and tag in {"NNP", "NNPS"} and word[0].isupper() and not nobody([word]) and word.lower() not in TITLES
        for word, tag, label in zip(row["w"], row["p"], row["l"], strict=True)
    )


def worth(row: dict[str, Any], dice: random.Random) -> bool:
    """Whether a sentence is taken to learn names: all with names, a part of the many without."""
    if row.get("s") in {"vcdb", "hhs", "reports", "markdown"} and unsure(row) and dice.random() < 0.85:
        return False
    if row.get("s") == "hhs":
        return dice.random() < 0.4
    if row.get("s") in {"annoctr", "markdown"}:
        share = 0.4 if any(label != "O" for label in row["l"]) else 0.12
        return any(label[2:] in {"ORG", "PLACE"} for label in row["l"]) or dice.random() < share
    return any(label != "O" for label in row["l"]) or dice.random() < 0.4


def train(args: argparse.Namespace) -> None:
    import pycrfsuite

    documents = list(lines_of(args.silver))
    rows = [r for r in put_right(documents, args) if r["w"]]
    dice = random.Random(7)
    kept = []
    ids = sorted({r["d"] for r in rows})
    dice.shuffle(ids)
    held = set(ids[: int(len(ids) * 0.04)])
    for row in rows:  # code and lists of addresses teach nothing
        if sum(any(c.isalpha() for c in w) for w in row["w"]) * 2 < len(row["w"]) or max(map(len, row["w"])) > 120:
            continue
        kept.append(row)
    aside = [r for r in kept if r["d"] in held]
    rows = [r for r in kept if r["d"] not in held]
    words = sum(len(r["w"]) for r in rows)
    print(len(rows), "sentences", words, "words;", len(aside), "put aside", file=sys.stderr)
    args.models.mkdir(parents=True, exist_ok=True)
    began = time.time()
    if "pos" in args.parts:
        more = [r for r in augmented(rows, documents, 3, 0, 0.0, []) if r.get("p")]
        some = [r for r in rows if dice.random() < args.share] + more[: len(rows) // 14]
        model = fitted(((pos_features(r["w"]), r["p"]) for r in some), {"c1": args.c1_pos, "c2": 0.005, "feature.minfreq": 4}, args.rounds)
        (args.models / "tagger-pos.crfsuite").write_bytes(model)
        print("pos", len(model), round(time.time() - began), "s", file=sys.stderr)
    tagger = pycrfsuite.Tagger()
    tagger.open(str(args.models / "tagger-pos.crfsuite"))
    if "chunks" in args.parts:
        some = [r for r in rows if dice.random() < args.share]
        seen = ((chunk_features(r["w"], tagger.tag(pos_features(r["w"]))), r["c"]) for r in some)
        model = fitted(seen, {"c1": 3.0, "c2": 0.01, "feature.minfreq": 5}, args.rounds)
        (args.models / "tagger-chunks.crfsuite").write_bytes(model)
        print("chunks", len(model), round(time.time() - began), "s", file=sys.stderr)
    if "names" in args.parts:
        more = augmented(rows, documents, 5, args.forms, args.swaps, galaxy(args.actors))
        print(len(more), "made", file=sys.stderr)

        chosen = [r for r in [*rows, *more] if worth(r, dice) and dice.random() < args.share_names]
        print(len(chosen), "sentences,", sum(len(r["w"]) for r in chosen), "words for names", file=sys.stderr)

        def feed() -> Iterator[tuple[list[list[str]], list[str]]]:
            for row in chosen:
                yield name_features(row["w"], tagger.tag(pos_features(row["w"]))), row["l"]

        model = fitted(feed(), {"c1": args.c1_names, "c2": 0.01, "feature.minfreq": args.minfreq}, args.rounds)
        (args.models / "tagger-names.crfsuite").write_bytes(model)
        print("names", len(model), round(time.time() - began), "s", file=sys.stderr)
    (args.models / "tagger-version.txt").write_text(args.version + "\n", encoding="utf-8")
    report_aside(loaded(args.models), aside)


def loaded(folder: Path) -> Tagger:
    classes, chunks, names = ((folder / f"tagger-{part}.crfsuite").read_bytes() for part in ("pos", "chunks", "names"))
    return Tagger(classes, chunks, names, "?")


def report_aside(tagger: Tagger, aside: list[dict[str, Any]]) -> None:
    """How well the models repeat the (corrected) teacher on documents that were put aside."""
    right = total = 0
    names, phrases = Score(), Score()
    for row in aside:
        tagged = tagger.tag(sentence_of(row["w"]))
        right += sum(a == b for a, b in zip(tagged.pos, row["p"], strict=True))
        total += len(row["p"])
        names.add(set(tagged.entities), set(spans(row["l"])))
        phrases.add({(a, b, "NP") for a, b in tagged.chunks}, set(spans(row["c"])))
    print(f"as the teacher: classes {right / max(1, total):.4f}; phrases {phrases}; names {names}")


def sentence_of(words: list[str]) -> Sentence:
    from kg.extraction.tokens import Token

    return Sentence(0, 0, tuple(Token(0, 0, w) for w in words), False)


# --- measuring ------------------------------------------------------------------------------------------------------------------------


class Score:
    def __init__(self) -> None:
        self.hit = self.said = self.meant = 0

    def add(self, said: set[Any], meant: set[Any]) -> None:
        self.hit += len(said & meant)
        self.said += len(said)
        self.meant += len(meant)

    def __str__(self) -> str:
        precision, recall = self.hit / max(1, self.said), self.hit / max(1, self.meant)
        return f"P {precision:.3f} R {recall:.3f} F1 {2 * precision * recall / max(1e-9, precision + recall):.3f} (of {self.meant})"


def named(tagger: Tagger, text: str) -> list[tuple[int, int, str]]:
    found = []
    for sentence in sentences(text):
        for first, stop, label in tagger.tag(sentence).entities:
            found.append((sentence.tokens[first].start, sentence.tokens[stop - 1].end, label))
    return found


_ARTICLE = re.compile(r"(?i)(?:the|an?)\s+")
_FORM = re.compile(r"(?i)[,\s]+(?:inc|corp|llc|ltd|plc|co|corporation)\.?\Z")


def plain(name: str) -> str:
    return _FORM.sub("", _ARTICLE.sub("", name.strip(), count=1) if _ARTICLE.match(name.strip()) else name.strip()).rstrip(" .,").casefold()


def measure(args: argparse.Namespace) -> None:
    tagger = loaded(args.models)
    if args.annoctr:
        for kind, label in (("org", "ORG"), ("location", "PLACE")):
            strict, loose = Score(), Score()
            wrong: collections.Counter[str] = collections.Counter()
            for doc in lines_of(args.annoctr):
                gold = {(e["start"], e["end"]) for e in doc["expected"]["entities"] if e["type"] == kind}
                said = {(a, b) for a, b, kind_ in named(tagger, doc["text"]) if kind_ == label}
                strict.add(said, gold)
                loose.add({s for s in said if any(s[0] < b and a < s[1] for a, b in gold)}, set())
                loose.hit += sum(any(s[0] < b and a < s[1] for a, b in gold) for s in said)
                loose.said += len(said) - sum(any(s[0] < b and a < s[1] for a, b in gold) for s in said)
                loose.meant += sum(1 for _ in gold)
                for a, b in said - gold:
                    wrong["+" + doc["text"][a:b]] += 1
                for a, b in gold - said:
                    wrong["-" + doc["text"][a:b]] += 1
            print(f"annoctr {label}: exact {strict}; overlapping {loose}")
            if args.errors:
                print("   ", wrong.most_common(args.errors))
    if args.vcdb:
        there = found = any_label = 0
        missed = []
        for doc in lines_of(args.vcdb):
            said = named(tagger, doc["text"])
            orgs = {plain(doc["text"][a:b]) for a, b, kind in said if kind == "ORG"}
            others = {plain(doc["text"][a:b]): kind for a, b, kind in said}
            for victim in doc["expected"]["incidents"][0]["victims"]:
                names = [n for n in (victim.get("name") or "").split("|") if n and re.search(rf"(?<!\w){re.escape(n)}(?!\w)", doc["text"])]
                if names:
                    there += 1
                    hit = any(plain(n) in orgs for n in names)
                    found += hit
                    any_label += any(plain(n) in others for n in names)
                    if not hit:
                        missed.append((names[0], others.get(plain(names[0])), sorted(orgs)[:4]))
        share = found / max(1, there)
        print(f"vcdb: {found} of {there} victims' names that stand in the text are ORG, exactly ({share:.3f}); any label {any_label}")
        if args.errors:
            for miss in missed[: args.errors]:
                print("   ", miss)
    if args.gold:
        there = found = any_label = 0
        missed = []
        for doc in lines_of(args.gold):
            said = named(tagger, doc["text"])
            orgs = {plain(doc["text"][a:b]) for a, b, kind in said if kind == "ORG"}
            others = {plain(doc["text"][a:b]): kind for a, b, kind in said}
            listed = set()
            for incident in doc["expected"]["incidents"]:
                listed |= {v.get("name") or "" for v in incident["victims"]} | set(incident.get("not_victims") or [])
                listed |= {a.get("attributed_by") or "" for a in incident.get("actors") or []}
            for name in listed:
                names = [n for n in name.split("|") if n[:1].isupper() or any(c.isupper() for c in n)]
                names = [n for n in names if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", doc["text"])]
                if names:
                    there += 1
                    hit = any(plain(n) in orgs for n in names)
                    found += hit
                    any_label += any(plain(n) in others for n in names)
                    if not hit:
                        missed.append((doc["doc_id"], names, others.get(plain(names[0]))))
        print(f"gold: {found} of {there} named parties ({found / max(1, there):.3f}); under any label {any_label}")
        if args.errors:
            for miss in missed[: args.errors]:
                print("   ", miss)
        docs = [d["text"] for d in lines_of(args.gold)]
        began = time.perf_counter()
        size = sum(map(len, docs))
        for text in docs:
            named(tagger, text)
        spent = time.perf_counter() - began
        print(f"speed: {size / 1000 / spent:.0f} kB a second ({len(docs) / spent:.0f} documents)")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    teaching = commands.add_parser("teach")
    teaching.add_argument("--out", type=Path, required=True)
    for name in ("--vcdb", "--hhs", "--annoctr"):
        teaching.add_argument(name, type=Path)
    teaching.add_argument("--hhs-count", type=int, default=700)
    teaching.add_argument("--markdown", type=Path, action="append", default=[])
    teaching.add_argument("--leave-out", type=Path, action="append", default=[])
    teaching.add_argument("--teacher", action="append", default=[])
    training = commands.add_parser("train")
    training.add_argument("silver", type=Path)
    training.add_argument("--models", type=Path, required=True)
    training.add_argument("--actors", type=Path, action="append", default=[])
    training.add_argument("--teachers", type=int, default=2)
    training.add_argument("--parts", default="pos,chunks,names")
    training.add_argument("--rounds", type=int, default=65)
    training.add_argument("--share", type=float, default=0.5, help="of the sentences, for classes and chunks")
    training.add_argument("--share-names", type=float, default=0.7)
    training.add_argument("--forms", type=int, default=14000)
    training.add_argument("--swaps", type=float, default=0.5)
    training.add_argument("--c1-pos", type=float, default=2.0)
    training.add_argument("--c1-names", type=float, default=0.9)
    training.add_argument("--minfreq", type=int, default=4)
    training.add_argument("--version", default="1")
    measuring = commands.add_parser("measure")
    measuring.add_argument("--models", type=Path, required=True)
    for name in ("--annoctr", "--vcdb", "--gold"):
        measuring.add_argument(name, type=Path)
    measuring.add_argument("--errors", type=int, default=0)
    args = parser.parse_args()
    {"teach": teach, "train": train, "measure": measure}[args.command](args)


if __name__ == "__main__":
    main()
