"""Which links are likely missing, and whether that can be told at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

import networkx as nx
import numpy as np

from kg.analysis.links import BASELINE, PREDICTORS, RELATIONS, Link, Links, Table, Trial, alike, holm, interval, sign_flip, trial
from kg.analysis.material import Material
from kg.analysis.result import Analysis, Cell, Inputs, Method, Row, Thing
from kg.analysis.result import Table as ResultTable
from kg.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted(Row):
    """A link that is not known, and that the predictor gives a high score."""

    rank: Annotated[int, "place, the highest score first"]
    source: Annotated[Thing, "the actor, or the customer"]
    target: Annotated[Thing, "the technique, sector or supplier"]
    score: Annotated[float, "score of the predictor; comparable within one result only, and no probability"]
    popularity: Annotated[int, "so many sources have this target; those that have it through the same incidents count once"]
    popularity_rank: Annotated[int, "its place for this source if targets were ranked by popularity alone"]
    because: Annotated[tuple[Thing, ...], "sources that have it and are most alike"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated(Row):
    """How well a predictor that knew only what was public by a day found what became public later."""

    predictor: Annotated[str, "the predictor; popularity is the baseline"]
    auc: Annotated[float, "probability that a later link ranks above one that did not come (area under the ROC curve)"]
    auc_low: Annotated[float | None, "lower end of its 95 % interval"]
    auc_high: Annotated[float | None, "upper end"]
    average_precision: Annotated[float, "average precision, mean over the sources"]
    ap_low: Annotated[float | None, "lower end of its 95 % interval"]
    ap_high: Annotated[float | None, "upper end"]
    hits: Annotated[float, "share of the later links among the first k, of those that fit in there"]
    hits_low: Annotated[float | None, "lower end of its 95 % interval"]
    hits_high: Annotated[float | None, "upper end"]
    gain: Annotated[float | None, "average precision above that of the baseline"]
    gain_low: Annotated[float | None, "lower end of its 95 % interval"]
    gain_high: Annotated[float | None, "upper end"]
    p: Annotated[float | None, "probability of such a gain by chance (sign-flip test over the sources, corrected after Holm)"]
    better: Annotated[bool | None, "whether it is better than the baseline (p of at most 0.05)"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDay(Row):
    """The same test on another day, for the predictor that is shown: whether it holds does not hang on one day."""

    cut: Annotated[date, "tested on what became public after this day"]
    predictor: Annotated[str, "the predictor"]
    links: Annotated[int, "so many later links were tested"]
    sources: Annotated[int, "of so many sources"]
    baseline: Annotated[float, "average precision of the baseline"]
    average_precision: Annotated[float, "average precision of the predictor"]
    gain: Annotated[float, "the difference"]
    p: Annotated[float, "probability of such a gain by chance (sign-flip test, for this day alone)"]
    better: Annotated[bool, "whether p is at most 0.05"]


METHOD = Method(
    "Whoever has much in common with a source lends it what it has: each other source counts with its common neighbours, Jaccard "
    "coefficient, Adamic-Adar index, resource allocation index (NetworkX's definitions) or its degree-normalised paths of three links, "
    "summed over the sources that have the target. Each predictor is given what was public by a day and ranks, for every source, the "
    "targets that it did not have then; what became public later is looked for in that ranking (AUC, average precision, hits among the "
    "first k; means over sources, bootstrap intervals over sources). The baseline names what is popular. A predictor is called better "
    "only if a sign-flip test on average precision says so after Holm's correction; the test is done again on other days.",
    (
        "Liben-Nowell and Kleinberg 2007, The link-prediction problem for social networks, J. Am. Soc. Inf. Sci. Technol. 58, 1019-1031",
        "Adamic and Adar 2003, Friends and neighbors on the Web, Social Networks 25, 211-230",
        "Zhou, Lü and Zhang 2009, Predicting missing links via local information, European Physical Journal B 71, 623-630",
        "Kovács and others 2019, Network-based prediction of protein interactions, Nature Communications 10, 1240 (paths of three links)",
        "Sarwar, Karypis, Konstan and Riedl 2001, Item-based collaborative filtering recommendation algorithms, WWW10, 285-295",
        "Yang, Lichtenwalter and Chawla 2015, Evaluating link prediction methods, Knowledge and Information Systems 45, 751-782",
        "Ferrari Dacrema, Cremonesi and Jannach 2019, Are we really making much progress?, RecSys, 101-109 (why a popularity baseline)",
        "Efron 1979, Bootstrap methods: another look at the jackknife, Annals of Statistics 7, 1-26",
        "Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 65-70",
    ),
)
Relation = Literal["actor-technique", "actor-sector", "supplier-customer"]
Predictor = Literal["best", "popularity", "common-neighbors", "jaccard", "adamic-adar", "resource-allocation", "paths-of-three"]
_UNTESTED = "resource-allocation"
_DESCRIBED = frozenset({"UnidentifiedActor", "Population"})
_SOURCES = {"actor-technique": ("actor", "actors"), "actor-sector": ("actor", "actors"), "supplier-customer": ("customer", "customers")}
_KINDS = {"actor": ("ThreatActor", "UnidentifiedActor"), "customer": ("Organization", "Population", "Person")}


def predict(
    material: Material,
    *,
    relation: Annotated[Relation, "which links"] = "actor-technique",
    about: Annotated[str | None, "only for this actor (for suppliers: this customer)"] = None,
    cut: Annotated[date | None, "test on what became public after this day; by default that by which 70 % was"] = None,
    predictor: Annotated[Predictor, "whose links are shown; best: the one with the highest average precision in the test"] = "best",
    k: Annotated[int, "hits are counted among the first k"] = 10,
    described: Annotated[bool, "also for actors and groups that are known by description only"] = False,
    top: Annotated[int, "show so many links"] = 20,
    days: Annotated[int, "test on so many other days, too"] = 5,
    resamples: Annotated[int, "bootstrap samples and sign flips"] = 2000,
    seed: Annotated[int, "seed of these"] = 0,
) -> Analysis[Predicted]:
    """Which links are likely missing, and whether the prediction is better than naming what is popular.

    Tables: predicted links, evaluation, other-days. A link counts as public from the day on which all that it takes was: for a
    technique of an actor both the attribution and the use. Links of sources or targets that nobody had named before the day cannot be
    predicted and are only counted. Read the evaluation first: if no predictor beats the baseline, the list says little more than what
    is common.

    Raises :class:`~kg.errors.NotFound` and :class:`~kg.errors.UsageError` for names that match nothing, or several, and for numbers
    that make no sense.

    >>> from kg.store.oxigraph import OxigraphStore
    >>> from kg.identity.iris import Addresses
    >>> predict(Material(OxigraphStore(), Addresses())).facts["verdict"]
    'whether these predictions are worth anything could not be tested'
    """
    if k < 1 or resamples < 1 or top < 0 or days < 0:
        raise UsageError("k and the number of bootstrap samples are at least 1; there is no negative number of links or days")
    one, many = _SOURCES[relation]
    asked = material.thing(about, _KINDS[one]) if about else None
    links = RELATIONS[relation](material)
    notes: list[str] = []
    if not links.links:
        notes.append("the graph is empty: there are no such links")

    def allowed(source: str) -> bool:
        return described or links.things[source].kind not in _DESCRIBED

    day = cut or _usual_cut(links)
    facts: dict[str, Cell] = {"links": len(links.links), "cut": day}
    tested: tuple[Evaluated, ...] = ()
    attempt = None
    if day is not None:
        attempt, counted, said = _attempt(links, day, allowed, k, many)
        facts |= counted
        notes += said
        tested = _evaluation(attempt, resamples, seed)
    elif links.links:
        notes.append("not tested: the links were not published on different days")
    chosen = _choose(predictor, tested)
    facts["predictor"] = chosen
    others = _other_days(links, day, days, chosen, allowed, k, resamples, seed) if tested and chosen != BASELINE else ()
    told = verdict(tested, chosen, len(attempt.sources) if attempt else 0, others)
    facts["verdict"] = told
    if links.links:
        notes.insert(0, told)
    rows = _predictions(links, chosen, allowed, asked, top)
    if asked and not rows:
        notes.append(_why_nothing(links, asked, one))
    elif links.links and not rows:
        notes.append("no link that is missing gets a score")
    return Analysis(
        "predict",
        f"Which links are likely missing: {relation}",
        METHOD,
        {
            "relation": relation, "about": asked and asked.iri, "cut": day, "predictor": predictor, "k": k, "described": described,
            "top": top, "days": days, "resamples": resamples, "seed": seed,
        },
        _inputs(material, relation, links),
        Predicted,
        rows,
        (*notes, *material.omissions()),
        facts,
        (ResultTable("evaluation", Evaluated, tested), ResultTable("other-days", OtherDay, others)),
        _graph(rows),
    )  # fmt: skip


def _inputs(material: Material, relation: str, links: Links) -> Inputs:
    claims = {claim for link in links.links for claim in link.claims}
    return Inputs(relation, material.as_of, material.filters.said(), len(links.things), len(links.links), len(claims))


def _usual_cut(links: Links) -> date | None:
    """The first day by which 70 % of the dated links were public, if any came after it."""
    return _day_of_share(links, 0.7)


def _day_of_share(links: Links, share: float) -> date | None:
    """The first day by which a share of the dated links was public; the last day but one of publication at most."""
    days = sorted(link.public for link in links.links if link.public is not None)
    earlier = [day for day in days if day < days[-1]]
    return min(days[int(share * (len(days) - 1))], earlier[-1]) if earlier else None


def _other_days(
    links: Links, day: date | None, count: int, chosen: str, allowed: Callable[[str], bool], k: int, resamples: int, seed: int
) -> tuple[OtherDay, ...]:
    """The test of one predictor on other days: by which 50 to 90 % of the links were public."""
    shares = [0.5 + 0.4 * number / max(count - 1, 1) for number in range(count)]
    cuts = sorted({cut for share in shares if (cut := _day_of_share(links, share)) not in (None, day)})
    rows = []
    for cut in cuts:
        later = [link for link in links.links if link.public is not None and link.public > cut]
        found = trial(Table(links.known(cut).links), later, allowed, k, (BASELINE, chosen))
        if found.sources:
            base, other = (np.array([mark.precision for mark in found.marks[name]]) for name in (BASELINE, chosen))
            p = sign_flip(other - base, resamples, seed)
            rows.append(
                OtherDay(
                    cut=cut, predictor=chosen, links=len(found.links), sources=len(found.sources), baseline=float(base.mean()),
                    average_precision=float(other.mean()), gain=float((other - base).mean()), p=p, better=p <= 0.05,
                    claims=tuple(sorted({claim for link in found.links for claim in link.claims})),
                )
            )  # fmt: skip
    return tuple(rows)


def _attempt(links: Links, day: date, allowed: Callable[[str], bool], k: int, many: str) -> tuple[Trial, dict[str, Cell], list[str]]:
    """The predictors tried on what became public after a day, how many links there were, and what must be said of it."""
    before = links.known(day)
    later = [link for link in links.links if link.public is not None and link.public > day]
    table = Table(before.links)
    found = trial(table, later, allowed, k)
    undated = sum(link.public is None for link in links.links)
    facts: dict[str, Cell] = {
        "links_before": len(before.links),
        "links_later": len(later),
        "links_later_of_new_sources": sum(link.source not in table.row for link in later),
        "links_later_of_new_targets": sum(link.source in table.row and link.target not in table.column for link in later),
        "links_tested": len(found.links),
        "sources_tested": len(found.sources),
        "candidates": found.candidates,
        "chance_average_precision": len(found.links) / found.candidates if found.candidates else None,
    }
    notes = []
    if not before.links:
        notes.append(f"not tested: nothing was public by {day}")
    elif not later:
        notes.append(f"not tested: nothing became public after {day}")
    elif not found.sources:
        notes.append(
            f"not tested: none of the {len(later)} links that became public after {day} joins one of the {many} asked for with something "
            "that was known before"
        )
    elif len(found.links) < len(later):
        notes.append(
            f"{len(later) - len(found.links)} of {len(later)} later links could not be tested; {facts['links_later_of_new_sources']} are "
            f"of {many} that nobody had named by {day}, {facts['links_later_of_new_targets']} lead to what nobody had named"
        )
    if undated:
        notes.append(f"{undated} undated links are no part of the test")
    return found, facts, notes


def _evaluation(found: Trial, resamples: int, seed: int) -> tuple[Evaluated, ...]:
    """A row a predictor, the baseline first, then by average precision."""
    if not found.sources:
        return ()
    values = {
        name: {"auc": np.array([m.auc for m in of]), "ap": np.array([m.precision for m in of]), "hits": np.array([m.hits for m in of])}
        for name, of in found.marks.items()
    }
    gains = {name: values[name]["ap"] - values[BASELINE]["ap"] for name in values if name != BASELINE}
    chances = dict(zip(gains, holm([sign_flip(gain, resamples, seed) for gain in gains.values()]), strict=True))
    claims = tuple(sorted({claim for link in found.links for claim in link.claims}))
    rows = []
    for name in sorted(values, key=lambda name: (name != BASELINE, -round(float(values[name]["ap"].mean()), 9), name)):
        ends = {what: interval(several, 0.95, resamples, seed) or (None, None) for what, several in values[name].items()}
        gain = interval(gains[name], 0.95, resamples, seed) or (None, None) if name in gains else (None, None)
        rows.append(
            Evaluated(
                predictor=name,
                auc=float(values[name]["auc"].mean()), auc_low=ends["auc"][0], auc_high=ends["auc"][1],
                average_precision=float(values[name]["ap"].mean()), ap_low=ends["ap"][0], ap_high=ends["ap"][1],
                hits=float(values[name]["hits"].mean()), hits_low=ends["hits"][0], hits_high=ends["hits"][1],
                gain=float(gains[name].mean()) if name in gains else None, gain_low=gain[0], gain_high=gain[1],
                p=chances.get(name),
                better=chances[name] <= 0.05 and float(gains[name].mean()) > 0 if name in gains else None,
                claims=claims,
            )
        )  # fmt: skip
    return tuple(rows)


def _choose(wanted: str, tested: tuple[Evaluated, ...]) -> str:
    """The predictor whose links are shown."""
    if wanted != "best":
        return wanted
    others = [row for row in tested if row.predictor != BASELINE]
    return others[0].predictor if others else _UNTESTED


def verdict(tested: tuple[Evaluated, ...], chosen: str, sources: int, others: tuple[OtherDay, ...]) -> str:
    """What the test says, in a sentence. With few sources no test could find a difference: its least p is tests / 2^sources."""
    if not tested:
        return "whether these predictions are worth anything could not be tested"
    base = next(row for row in tested if row.predictor == BASELINE)
    better = [row for row in tested if row.better]
    if not better and (len(tested) - 1) / 2**sources > 0.05:
        return (
            f"whether any predictor is better than naming what is popular cannot be told: only {sources} of those asked for got a link "
            "that could be tested"
        )
    if not better:
        best = max((row for row in tested if row.predictor != BASELINE), key=lambda row: row.average_precision)
        return (
            f"no predictor is better than naming what is popular (average precision {base.average_precision:.2f}; the best, "
            f"{best.predictor}, {best.average_precision:.2f}): take the list as what is common, not as a finding"
        )
    names = ", ".join(f"{row.predictor} ({row.average_precision:.2f})" for row in better)
    said = f"better than naming what is popular (average precision {base.average_precision:.2f}): {names}"
    if chosen == BASELINE:
        return said
    if not any(row.predictor == chosen for row in better):
        return f"{said}; {chosen}, which is shown, is not"
    again = sum(row.better for row in others)
    if others and 2 * again < len(others):
        return f"{said}; but {chosen} was so on {again} of {len(others)} other days only: do not rely on it"
    return f"{said}; {chosen} was so on {again} of {len(others)} other days, too" if others else said


def _predictions(links: Links, chosen: str, allowed: Callable[[str], bool], asked: Thing | None, top: int) -> tuple[Predicted, ...]:
    """The missing links of the highest scores, from all links that are known."""
    table = Table(links.links)
    found: list[tuple[float, str, str]] = []
    for source in table.sources if asked is None else [asked.iri] if asked.iri in table.row else []:
        if asked is None and not allowed(source):
            continue
        scores = PREDICTORS[chosen](table, source)
        scores[table.has(source)] = 0
        if source in table.column:
            scores[table.column[source]] = 0
        best = np.argsort(-scores, kind="stable")[:top]
        found += [(-round(float(scores[number]), 9), source, table.targets[number]) for number in best if scores[number] > 0]
    by = {(link.source, link.target): link for link in links.links}
    return tuple(
        _predicted(links, table, chosen, rank, source, target, -score, by)
        for rank, (score, source, target) in enumerate(sorted(found)[:top], 1)
    )


def _predicted(
    links: Links, table: Table, chosen: str, rank: int, source: str, target: str, score: float, by: dict[tuple[str, str], Link]
) -> Predicted:
    column = table.column[target]
    counts = alike(chosen, table, source)
    holders = [name for name in table.sources if (name, target) in by and counts[table.row[name]] > 0]
    because = sorted(holders, key=lambda name: (-round(float(counts[table.row[name]]), 9), name))[:3] if chosen != BASELINE else []
    open_ = np.ones(len(table.targets), bool)
    open_[table.has(source)] = False
    mine = {table.targets[number] for number in table.has(source)}
    claims: set[str] = set()
    for name in because:
        theirs = {table.targets[number] for number in table.has(name)}
        claims.update(by[name, target].claims, *(by[end, shared].claims for shared in mine & theirs for end in (source, name)))
    if chosen == BASELINE:
        claims.update(*(by[name, target].claims for name in holders))
    return Predicted(
        rank=rank,
        source=links.things[source],
        target=links.things[target],
        score=score,
        popularity=int(table.popularity[column]),
        popularity_rank=1 + int((table.popularity[open_] > table.popularity[column]).sum()),
        because=tuple(links.things[name] for name in because),
        claims=tuple(sorted(claims)),
    )


def _why_nothing(links: Links, asked: Thing, one: str) -> str:
    if not any(link.source == asked.iri for link in links.links):
        return f"no such link of this {one} ({asked}) is known: from nothing, nothing can be predicted"
    return f"nobody who has something in common with {asked} has anything that it lacks"


def _graph(rows: tuple[Predicted, ...]) -> nx.DiGraph:
    """The predicted links, with their scores."""
    graph = nx.DiGraph()
    for row in rows:
        for thing in (row.source, row.target):
            graph.add_node(thing.iri, iri=thing.iri, label=thing.label, kind=thing.kind)
        graph.add_edge(row.source.iri, row.target.iri, weight=row.score, popularity=row.popularity, claims=row.claims)
    return graph


def figure(found: Analysis[Predicted]) -> Figure:
    """The evaluation against the baseline on the left, the predicted links on the right."""
    from kg.analysis.figures.predict import draw

    return draw(found)
