"""``kg demo``: the first case, told from the graph, start to end."""

from __future__ import annotations

import shutil
import time
from datetime import date
from pathlib import Path

from pyoxigraph import NamedNode

from kg import resources
from kg.cli.output import echo_table, short
from kg.cli.telling import confidence, heading, print_diff, quoted, say
from kg.disclosure import Diff, describe, diff_between, state
from kg.errors import UsageError
from kg.export import rdf
from kg.identity.iris import Addresses
from kg.queries import Table, find_query, run, term
from kg.story import ClaimView, Story
from kg.validation import validate_graph
from kg.vocabulary import Confirmation, Role, Stance
from kg.workspace import Workspace, create_workspace

CASE = "incident:microsoft-corporate-email-2023"
_HIT = {Role.TARGET.value, Role.VICTIM.value, Role.BREACHED_SUPPLIER.value, Role.AFFECTED_PARTY.value}


def run_demo(folder: Path) -> None:
    """Build a workspace in ``folder`` from the bundled data, tell the case, and write ``graph.ttl`` there."""
    began = time.perf_counter()
    workspace = _fresh(folder)
    heading("1. Bundled reports go in")
    result = workspace.ingest([resources.folder("data")])
    entries = workspace.catalogue()
    reports = sum("/id/report/" in e.graph for e in entries)
    with workspace.open_store() as store:
        say(f"{reports} reports and {len(entries) - reports} reference files became {len(store):,} statements", 2)
        say(f"put aside: {len(result.rejects)}" if result.rejects else "nothing was put aside", 2)
        story = Story(store, workspace.addresses)
        incident = workspace.addresses.expand(CASE)
        assert incident is not None
        _tell(story, incident)
        _tell_clocks(workspace, incident)
        for number, (name, params) in enumerate(
            (("CQ30", {"org": "org:us-department-of-veterans-affairs"}), ("CQ31", {}), ("CQ02", {"name": "Grizzly Steppe"})), 1
        ):
            query = find_query(name)
            heading(f"Question {number}: {query.title}  ({', '.join(f'{k} = {v}' for k, v in params.items())})")
            answer = run(store, query, {k: term(v, workspace.addresses) for k, v in params.items()})
            _print(answer, workspace.addresses, story)
        heading("Checks")
        faults = [f for f in validate_graph(store, workspace.source_text) if f.severity == "error"]
        say(f"shapes, check queries and every quote against its source: {len(faults) or 'no'} fault{'s' if len(faults) != 1 else ''}", 2)
        for fault in faults[:10]:
            say(f"{fault.rule}: {workspace.addresses.shorten(fault.record)}: {fault.value}", 4)
        target = workspace.folder / "graph.ttl"
        with target.open("wb") as out:
            count = rdf.write(rdf.whole(store), "turtle", out, workspace.addresses)
    heading("Yours now")
    say(f"{count:,} triples are in {_near(target)}; all of it took {time.perf_counter() - began:.1f} s", 2)
    say("walk it:     kg app", 2)
    say("ask it:      kg queries, kg query CQ10, kg show 'Midnight Blizzard', kg timeline " + CASE, 2)
    say("feed it:     kg init my-graph, kg new --out mine.yaml, kg --workspace my-graph ingest mine.yaml", 2)


def _fresh(folder: Path) -> Workspace:
    if (folder / "workspace.json").is_file():
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty and no workspace; choose another with --dir")
    return create_workspace(folder)


def _near(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _tell(story: Story, incident: str) -> None:
    told = story.timeline(incident)
    head = story.tell(incident)
    heading(f"2. {head.label}: who disclosed what, when")
    for disclosure in told:
        say(f"{disclosure.published or 'undated':10}  {disclosure.publisher}: {disclosure.title}  ({len(disclosure.claims)} claims)", 2)
    claims = [view for disclosure in told for view in disclosure.claims]
    details = {view.iri: dict(view.details) for view in claims}
    edges = {
        name: {e.other: e for e in head.edges if e.predicate == name and e.outgoing}
        for name in ("victim", "affected", "stolen", "compromised", "attributedTo")
    }

    heading("3. Who was hit, and through whom")
    for name in ("victim", "affected"):
        for edge in edges[name].values():
            behind = [view for view in claims if view.iri in edge.claims]
            through = sorted({details[v.iri]["through"] for v in behind if "through" in details[v.iri]})
            confirmed = sorted({details[v.iri].get("confirmation", "") for v in behind} - {""}, key=[c.value for c in Confirmation].index)
            notes = [f"through {', '.join(through)}" if through else "", f"confirmed by {', '.join(confirmed)}" if confirmed else ""]
            say(f"{name:8}  {edge.other_label}" + "".join(f"; {n}" for n in notes if n), 2)
    heading("   Named in the same reports, and no victims")
    shown: dict[str, set[str]] = {}
    for view in claims:
        role = details[view.iri].get("role", "")
        if view.kind == "Involvement" and role and role not in _HIT:
            shown.setdefault(role, set()).add(details[view.iri].get("party", ""))
    for role, parties in sorted(shown.items()):
        say(f"{role}: {', '.join(sorted(parties))}", 4)

    heading("4. What was taken, and what was denied")
    for name in ("stolen", "compromised"):
        for other, edge in edges[name].items():
            if name == "compromised" and other in edges["stolen"]:
                continue
            by = sorted({view.asserted_by for view in claims if view.iri in edge.claims})
            say(f"{name:12}{edge.other_label} — {', '.join(by)}" + (" (contested)" if edge.contested else ""), 2)
    for view in claims:
        if view.stance == Stance.DENIED.value:
            say(f"denied      {view.sentence} — {view.asserted_by}, {view.published}", 2)

    heading("5. Who attributes it to whom, how surely, in which words")
    for view in claims:
        if view.kind == "Attribution":
            _attribution(view)


_EARLY, _MAY, _JUNE = date(2024, 2, 1), date(2024, 5, 31), date(2024, 6, 30)


def _tell_clocks(workspace: Workspace, incident: str) -> None:
    """What was known on a day early on, and what a month of disclosures added."""
    addresses = workspace.addresses
    heading(f"6. What was known on {_EARLY}, and what June 2024 added")
    with workspace.open_store(_EARLY) as early:
        story = Story(early, addresses)
        facts = state(early, addresses, incident).facts
        for kind, title in (("Involvement", "hit"), ("Compromise", "assets"), ("Attribution", "actor")):
            standing = [f for f in facts if f.kind == kind and f.agents and (kind != "Involvement" or f.key[-1] in _HIT)]
            said = "; ".join(describe(f, story).removeprefix("attributed to ") for f in standing)
            say(f"{title:11} {said}", 2)
        denied = [f for f in facts if f.kind == "Compromise" and f.standing == Stance.DENIED.value]
        say(f"{'denied':11} {'; '.join(describe(f, story) for f in denied)}", 2)
    say(f"{_MAY} → {_JUNE}:", 2)
    with workspace.open_store(_MAY) as before, workspace.open_store(_JUNE) as after:
        change = diff_between(before, after, addresses, incident)
        kept = tuple(f for f in change.added if f.kind == "Compromise" or (f.kind == "Involvement" and f.key[-1] in _HIT))
        print_diff(Diff(kept, (), (), (), ()), Story(before, addresses), Story(after, addresses), indent=4)


def _attribution(view: ClaimView) -> None:
    sure = confidence(view)
    actor = view.sentence.partition("is attributed to ")[2]
    say(f"{view.published}  {view.asserted_by}: {actor}" + (f", {sure}" if sure else ", no confidence stated"), 2)
    if words := quoted(view):
        say(words, 6)


def _print(answer: Table, addresses: Addresses, story: Story) -> None:
    keep = [i for i, name in enumerate(answer.columns) if "laim" not in name][:7]
    rows = [[story.label(row[i]) if isinstance(row[i], NamedNode) else short(row[i], addresses) for i in keep] for row in answer.rows[:12]]
    echo_table([answer.columns[i] for i in keep], rows)
    if len(answer.rows) > 12:
        say(f"… and {len(answer.rows) - 12} more rows", 2)
