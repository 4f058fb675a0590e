"""The ontology: it parses, stays in OWL 2 DL, is consistent, complete, in step with the code, and its shapes are alive."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph
import pyshacl
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, SH, SKOS

from kg import mapping
from kg.geography import countries
from kg.vocabulary import EDGE_ROLES, IKG, PREFIXES, SCHEMES

XSD = Namespace(PREFIXES["xsd"])
CHECKOUT = Path(__file__).resolve().parents[2]
ONTOLOGY = CHECKOUT / "ontology"
CORE = ONTOLOGY / "incident-kg.ttl"
VOCABULARIES = sorted((ONTOLOGY / "vocabularies").glob("*.ttl"))
ALIGNMENTS = sorted((ONTOLOGY / "alignments").glob("*.ttl"))
SHAPES = ONTOLOGY / "shapes.ttl"
CASES = CHECKOUT / "tests" / "cases" / "shapes"
PREFIX_LINES = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items())
PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def graph(*files: Path, more: str = "") -> rdflib.Graph:
    """The files, and ``more`` in Turtle (prefixes are given), as one graph."""
    found = rdflib.Graph()
    for file in files:
        found.parse(file)
    if more:
        found.parse(data=PREFIX_LINES + more, format="turtle")
    return found


def short(term: Any) -> str:
    """A term with the known prefixes, as in the comments of the case files."""
    if term is None:
        return "node"
    for prefix, iri in {**PREFIXES, "id": "https://example.org/id/"}.items():
        if str(term).startswith(iri):
            return f"{prefix}:{str(term)[len(iri) :]}"
    return str(term)


def own(found: rdflib.Graph, *kinds: URIRef) -> set[URIRef]:
    """The terms of ours that are declared to be of one of the kinds."""
    return {s for kind in kinds for s in found.subjects(RDF.type, kind) if isinstance(s, URIRef) and s.startswith(IKG)}


@pytest.fixture(scope="module")
def core() -> rdflib.Graph:
    return graph(CORE)


@pytest.fixture(scope="module")
def vocabularies() -> rdflib.Graph:
    return graph(*VOCABULARIES)


@pytest.fixture(scope="module")
def shapes() -> rdflib.Graph:
    return graph(SHAPES)


# ── files ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", [CORE, SHAPES, *VOCABULARIES, *ALIGNMENTS], ids=lambda f: f.name)
def test_rdflib_and_oxigraph_read_the_same(file: Path) -> None:
    read = set(pyoxigraph.parse(file.read_bytes(), pyoxigraph.RdfFormat.TURTLE))
    assert len(read) == len(graph(file)) > 0


def test_the_ontology_has_an_address_and_a_version(core: rdflib.Graph) -> None:
    me = URIRef(IKG.rstrip("#"))
    assert (me, RDF.type, OWL.Ontology) in core
    assert core.value(me, OWL.versionIRI) == URIRef(f"{me}/{core.value(me, OWL.versionInfo)}")
    assert "not registered" in str(core.value(me, RDFS.comment))


# ── OWL 2 DL ─────────────────────────────────────────────────────────────────────────────────

BUILT_IN = (str(RDF), str(RDFS), str(OWL), str(XSD))
LANGUAGE = {
    RDF.type, RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, RDFS.label, RDFS.comment, RDFS.isDefinedBy, RDFS.seeAlso,
    RDF.first, RDF.rest, OWL.members, OWL.disjointWith, OWL.equivalentClass, OWL.inverseOf, OWL.versionIRI, OWL.versionInfo,
}  # fmt: skip
"""Built-in properties that an ontology may use without declaring them."""
DATATYPES = {XSD.string, XSD.integer, XSD.boolean, XSD.dateTime, XSD.decimal, XSD.anyURI, XSD.nonNegativeInteger, RDF.langString}
"""Datatypes of the OWL 2 datatype map that we may use (``xsd:date`` is not in it)."""


def dl_violations(found: rdflib.Graph) -> list[str]:
    """What takes a graph out of OWL 2 DL: the usual ways, one line each."""
    kinds = {s: [k for k in PROPERTY_KINDS if (s, RDF.type, k) in found] for k in PROPERTY_KINDS for s in found.subjects(RDF.type, k)}
    classes = set(found.subjects(RDF.type, OWL.Class)) | {OWL.Thing}
    faults = [f"{short(p)} is {len(k)} kinds of property" for p, k in kinds.items() if len(k) > 1]
    for s, p, o in found:
        if str(s).startswith(BUILT_IN):  # a URIRef's own startswith takes no tuple
            faults.append(f"{short(s)} is reserved and described")
        if p in LANGUAGE:
            if p == RDFS.range and (s, RDF.type, OWL.DatatypeProperty) in found:
                if o not in DATATYPES:
                    faults.append(f"the range {short(o)} of {short(s)} is no datatype of OWL 2")
            elif p in (RDFS.domain, RDFS.range, RDFS.subClassOf, OWL.disjointWith, OWL.equivalentClass) and o not in classes:
                faults.append(f"{short(o)}, {short(p)} of {short(s)}, is no declared class")
            elif p == RDFS.subPropertyOf and kinds.get(s) != kinds.get(o):
                faults.append(f"{short(s)} and its superproperty {short(o)} are of different kinds")
            elif p == RDF.type and o not in classes and not str(o).startswith(BUILT_IN):
                faults.append(f"{short(s)} has the undeclared class {short(o)}")
        elif p not in kinds:
            faults.append(f"{short(p)} is used and not declared")
        elif OWL.ObjectProperty in kinds[p] and isinstance(o, Literal):
            faults.append(f"the object property {short(p)} has a literal")
        elif OWL.DatatypeProperty in kinds[p] and not isinstance(o, Literal):
            faults.append(f"the datatype property {short(p)} has no literal")
        if isinstance(o, Literal) and o.datatype is not None and o.datatype not in DATATYPES:
            faults.append(f"{short(o.datatype)} is no datatype of OWL 2")
    return sorted(set(faults))


def test_everything_is_within_owl_2_dl() -> None:
    assert dl_violations(graph(CORE)) == []
    assert dl_violations(graph(CORE, *VOCABULARIES, *ALIGNMENTS)) == []


BREAKS_DL = {
    "two kinds": "ikg:confidence a owl:ObjectProperty .",
    "undeclared property": "ikg:stance-asserted ikg:noSuchProperty ikg:stance-denied .",
    "undeclared class": "ikg:x a ikg:NoSuchClass .",
    "undeclared superclass": "ikg:Report rdfs:subClassOf ikg:NoSuchClass .",
    "literal of an object property": 'ikg:x ikg:actor "APT29" .',
    "node of a datatype property": "ikg:x ikg:confidence ikg:y .",
    "reserved vocabulary": "rdf:subject a owl:ObjectProperty .",
    "datatype": 'ikg:x ikg:words "2024-01-19"^^xsd:date .',
    "range": "ikg:d a owl:DatatypeProperty ; rdfs:range xsd:date .",
    "kind of superproperty": "ikg:confidence rdfs:subPropertyOf ikg:actor .",
}


@pytest.mark.parametrize("addition", BREAKS_DL.values(), ids=BREAKS_DL)
def test_the_check_of_the_profile_is_alive(addition: str) -> None:
    assert dl_violations(graph(CORE, more=addition))


@pytest.fixture(scope="module")
def java() -> str:
    """The Java to run reasoners with: ``KG_JAVA`` or the one on the path."""
    found = shutil.which(os.environ.get("KG_JAVA", "java"))
    if found is None:
        pytest.skip("there is no Java on the path; name one in KG_JAVA to run the reasoner")
    return found


PROFILE_JAVA = """
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.profiles.*;
public class Profile {
    public static void main(String[] names) throws Exception {
        for (String name : names) {
            OWLProfileReport report = new OWL2DLProfile().checkOntology(
                OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(new java.io.File(name)));
            System.out.println("result " + report.isInProfile() + " " + report.getViolations());
        }
    }
}
"""


def test_the_owl_api_finds_it_in_the_profile(java: str, tmp_path: Path) -> None:
    owlready2 = pytest.importorskip("owlready2")
    jars = Path(owlready2.__file__).parent / "pellet"
    (tmp_path / "Profile.java").write_text(PROFILE_JAVA)
    graph(CORE, *VOCABULARIES, *ALIGNMENTS).serialize(tmp_path / "sound.ttl")
    graph(CORE, more=BREAKS_DL["two kinds"]).serialize(tmp_path / "broken.ttl")
    run = subprocess.run(
        [java, "-cp", f"{jars}/*", "Profile.java", "sound.ttl", "broken.ttl"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if "compiler" in run.stderr.lower() and run.returncode:
        pytest.skip("this Java has no compiler")
    results = [line for line in run.stdout.splitlines() if line.startswith("result")]
    assert [line.split()[1] for line in results] == ["true", "false"], run.stdout + run.stderr


def reason(found: rdflib.Graph, java: str, folder: Path) -> list[str]:
    """The unsatisfiable classes. Raises owlready2's ``OwlReadyInconsistentOntologyError`` for a contradiction."""
    owlready2 = pytest.importorskip("owlready2")
    file = folder / "all.nt"
    file.write_text(found.serialize(format="nt", encoding="utf-8").decode(), "utf-8")
    world = owlready2.World()
    onto = world.get_ontology(file.as_uri()).load()
    owlready2.JAVA_EXE = java
    with onto:
        owlready2.sync_reasoner_hermit(world, debug=0)
    return [c.iri for c in world.inconsistent_classes() if c is not owlready2.Nothing]


def test_hermit_finds_no_contradiction(java: str, tmp_path: Path) -> None:
    assert reason(graph(CORE, *VOCABULARIES), java, tmp_path) == []
    assert reason(graph(CORE, *VOCABULARIES, *ALIGNMENTS), java, tmp_path) == []


def test_hermit_finds_no_contradiction_in_sound_data(java: str, tmp_path: Path) -> None:
    found = graph(CORE)
    for file in sorted(CASES.glob("*_PASS.ttl")):
        text = file.read_text("utf-8").replace("https://example.org/id/", f"https://example.org/id/{file.stem}/")
        for s, p, o in rdflib.Graph().parse(data=text, format="turtle"):
            if p not in (RDF.subject, RDF.predicate, RDF.object):  # reserved vocabulary: edge records lie outside OWL 2 DL
                found.add((s, p, o))
    assert reason(found, java, tmp_path) == []


def test_the_reasoner_is_alive(java: str, tmp_path: Path) -> None:
    owlready2 = pytest.importorskip("owlready2")
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        reason(graph(CORE, more="ikg:x a ikg:Report ; ikg:stance ikg:stance-asserted ."), java, tmp_path)
    impossible = "ikg:Impossible a owl:Class ; rdfs:subClassOf ikg:ThreatActor , ikg:UnidentifiedActor ."
    assert reason(graph(CORE, more=impossible), java, tmp_path) == [IKG + "Impossible"]


# ── complete ─────────────────────────────────────────────────────────────────────────────────


def undocumented(found: rdflib.Graph, terms: Iterable[URIRef], label: URIRef) -> list[str]:
    """Terms that lack a label, a definition, an example or a source."""
    wanted = (label, SKOS.definition, SKOS.example, DCTERMS.source)
    return sorted(f"{short(t)} has no {short(p)}" for t in terms for p in wanted if not str(found.value(t, p) or "").strip())


def test_every_class_and_property_is_documented(core: rdflib.Graph) -> None:
    terms = own(core, OWL.Class, *PROPERTY_KINDS)
    assert len(terms) > 150
    assert undocumented(core, terms, RDFS.label) == []


def test_every_concept_and_scheme_is_documented(vocabularies: rdflib.Graph) -> None:
    assert undocumented(vocabularies, own(vocabularies, SKOS.Concept, SKOS.ConceptScheme), SKOS.prefLabel) == []


def test_every_other_term_of_ours_is_declared(core: rdflib.Graph, vocabularies: rdflib.Graph, shapes: rdflib.Graph) -> None:
    declared = set(core.subjects(RDF.type)) | set(vocabularies.subjects(RDF.type))
    for found in (core, vocabularies, shapes, graph(*ALIGNMENTS)):
        used = {t for triple in found for t in triple if isinstance(t, URIRef) and t.startswith(IKG)}
        assert sorted(map(short, used - declared)) == []


def test_the_mapping_writes_what_the_ontology_defines(core: rdflib.Graph) -> None:
    classes, literals = own(core, OWL.Class), {"text", "integer", "flag"}
    assert {URIRef(mapping.prop(name).value) for name in mapping.CLASSES.values()} <= classes
    for fields in mapping.FIELDS.values():
        for _, name, how in fields:
            if how == "count":
                continue
            kind = OWL.AnnotationProperty if name.startswith("dct:") else OWL.DatatypeProperty if how in literals else OWL.ObjectProperty
            assert (URIRef(mapping.prop(name).value), RDF.type, kind) in core, name


# ── vocabularies ─────────────────────────────────────────────────────────────────────────────


def test_one_file_a_list() -> None:
    assert {f.stem for f in VOCABULARIES} == {*SCHEMES, "country"}


@pytest.mark.parametrize("scheme", [*SCHEMES, "country"])
def test_concepts_are_the_terms_of_the_code(scheme: str, vocabularies: rdflib.Graph) -> None:
    if scheme == "country":
        expected = {(f"{IKG}country-{code}", code) for code in countries()}
    else:
        expected = {(term.iri, str(term.value)) for term in SCHEMES[scheme]}
    concepts = set(graph(ONTOLOGY / "vocabularies" / f"{scheme}.ttl").subjects(RDF.type, SKOS.Concept))
    assert concepts == set(vocabularies.subjects(SKOS.inScheme, URIRef(f"{IKG}scheme-{scheme}")))
    assert {(str(c), str(n)) for c in concepts for n in vocabularies.objects(c, SKOS.notation)} == expected


def test_countries_and_sectors_are_individuals_of_their_classes(vocabularies: rdflib.Graph) -> None:
    for name, scheme in (("Country", "country"), ("Sector", "sector")):
        members = set(vocabularies.subjects(SKOS.inScheme, URIRef(f"{IKG}scheme-{scheme}")))
        assert members == set(vocabularies.subjects(RDF.type, URIRef(IKG + name)))


def test_labels_are_unique_in_a_list(vocabularies: rdflib.Graph) -> None:
    for scheme in vocabularies.subjects(RDF.type, SKOS.ConceptScheme):
        labels = [str(vocabularies.value(c, SKOS.prefLabel)) for c in vocabularies.subjects(SKOS.inScheme, scheme)]
        assert len(labels) == len(set(labels)), short(scheme)


def test_edges_of_roles_are_properties(core: rdflib.Graph) -> None:
    assert {URIRef(IKG + name) for name in EDGE_ROLES.values()} <= own(core, OWL.ObjectProperty)


# ── shapes ───────────────────────────────────────────────────────────────────────────────────

NAMES = sorted(re.findall(r"^iks:(\w+) a sh:NodeShape", SHAPES.read_text("utf-8"), re.M))
COMPONENTS = {
    SH.minCount: "MinCount", SH.maxCount: "MaxCount", SH.datatype: "Datatype", SH.nodeKind: "NodeKind", SH["in"]: "In",
    SH.pattern: "Pattern", SH.minInclusive: "MinInclusive", SH.maxInclusive: "MaxInclusive", SH.lessThan: "LessThan",
    SH.lessThanOrEquals: "LessThanOrEquals", SH.disjoint: "Disjoint", SH.minLength: "MinLength", SH.maxLength: "MaxLength",
    SH.xone: "Xone", SH["or"]: "Or", SH["not"]: "Not",
}  # fmt: skip


def results(file: Path, shapes: rdflib.Graph) -> tuple[bool, set[tuple[str, str, str]]]:
    """Whether the file conforms, and each result: component, path (or ``node``), focus node."""
    conforms, report, _ = pyshacl.validate(graph(file), shacl_graph=shapes)
    assert isinstance(report, rdflib.Graph)
    return conforms, {
        (short(report.value(r, SH.sourceConstraintComponent)), short(report.value(r, SH.resultPath)), short(report.value(r, SH.focusNode)))
        for r in report.subjects(RDF.type, SH.ValidationResult)
    }


def announced(file: Path) -> set[tuple[str, ...]]:
    """What the comments at the top of a file say: ``# fails: <component> at <path> on <node>``."""
    return set(re.findall(r"^# fails: (\S+) at (\S+) on (\S+)$", file.read_text("utf-8"), re.M))


def test_every_shape_has_its_files() -> None:
    assert {f.name for f in CASES.glob("*.ttl")} == {f"{name}_{end}.ttl" for name in NAMES for end in ("PASS", "XFAIL")}


@pytest.mark.parametrize("name", NAMES)
def test_sound_data_pass(name: str, shapes: rdflib.Graph) -> None:
    assert results(CASES / f"{name}_PASS.ttl", shapes) == (True, set())


@pytest.mark.parametrize("name", NAMES)
def test_faulty_data_fail_for_the_reason_named(name: str, shapes: rdflib.Graph) -> None:
    file = CASES / f"{name}_XFAIL.ttl"
    conforms, found = results(file, shapes)
    assert not conforms
    assert found == announced(file)
    assert {node for _, _, node in found} == {short(s) for s in graph(file).subjects()}, "every node of the file is faulty"


@pytest.mark.parametrize("name", NAMES)
def test_every_constraint_is_seen_to_fail(name: str, shapes: rdflib.Graph) -> None:
    shape = URIRef(f"https://w3id.org/incident-kg/shapes#{name}")
    wanted = {(f"sh:{c}ConstraintComponent", "node") for p, c in COMPONENTS.items() if shapes.value(shape, p) is not None}
    for part in shapes.objects(shape, SH.property):
        path = short(shapes.value(part, SH.path))
        used = {p for p in shapes.predicates(part) if p.startswith(str(SH))} - {SH.path, SH.message}
        wanted |= {(f"sh:{COMPONENTS[URIRef(p)]}ConstraintComponent", path) for p in used}
    assert wanted <= {(component, path) for component, path, _ in announced(CASES / f"{name}_XFAIL.ttl")}


def test_every_shape_tells_people_what_is_wrong(shapes: rdflib.Graph) -> None:
    for shape in shapes.subjects(RDF.type, SH.NodeShape):
        assert shapes.value(shape, SH.severity) is not None, short(shape)
        parts = list(shapes.objects(shape, SH.property))
        if any(shapes.value(shape, p) is not None for p in (SH.xone, SH["or"], SH["not"])):
            parts.append(shape)
        assert parts
        for part in parts:
            assert str(shapes.value(part, SH.message)).endswith("."), (short(shape), short(shapes.value(part, SH.path)))


def test_lists_in_shapes_are_whole(shapes: rdflib.Graph) -> None:
    lists = {tuple(sorted(map(str, shapes.items(head)))) for head in shapes.objects(None, SH["in"])}
    terms = {tuple(sorted(term.iri for term in scheme)) for scheme in SCHEMES.values()}
    assert terms <= lists
    assert {one for one in lists if any(iri.startswith(f"{IKG}{name}-") for iri in one for name in SCHEMES)} == terms


def test_every_kind_of_claim_and_thing_is_checked(core: rdflib.Graph, shapes: rdflib.Graph) -> None:
    iks = "https://w3id.org/incident-kg/shapes#"
    kinds = set(core.subjects(RDFS.subClassOf, URIRef(IKG + "Claim")))
    assert set(shapes.objects(URIRef(iks + "Claim"), SH.targetClass)) == kinds
    assert {short(k).removeprefix("ikg:") for k in kinds} <= set(NAMES)
    written = {URIRef(IKG + name) for name in mapping.CLASSES.values()}
    assert written <= set(shapes.objects(None, SH.targetClass))


def test_edges_of_rules_are_known_to_the_shapes(shapes: rdflib.Graph) -> None:
    derived = {m for f in (ONTOLOGY / "rules").glob("*.rq") for m in re.findall(r"CONSTRUCT \{ \S+ ikg:(\w+)", f.read_text("utf-8"))}
    part = next(p for p in shapes.objects(URIRef("https://w3id.org/incident-kg/shapes#DerivedEdge"), SH.property)
                if shapes.value(p, SH.path) == RDF.predicate)  # fmt: skip
    assert {short(iri).removeprefix("ikg:") for iri in shapes.items(shapes.value(part, SH["in"]))} == derived


# ── JSON-LD ──────────────────────────────────────────────────────────────────────────────────

DOCUMENT = {
    "@graph": [
        {
            "id": "https://example.org/id/claim/1", "type": "Involvement", "statedIn": "https://example.org/id/report/1",
            "assertedBy": "https://example.org/id/org/acme", "stance": "stance-asserted", "method": "method-curated", "confidence": 85,
            "incident": "https://example.org/id/incident/1", "party": "https://example.org/id/org/acme", "role": "role-victim",
            "start": "2023-11-21T00:00:00Z", "end": "2023-12-01T00:00:00Z", "startDay": 19682, "precision": "precision-about",
            "unnamedSource": True, "timeWords": "late November 2023",
            "evidence": {"id": "https://example.org/id/evidence/1", "type": "Evidence", "exact": "We", "startOffset": 0, "endOffset": 2},
        },
        {"id": "https://example.org/id/org/acme", "type": "Organization", "label": "Acme", "country": "country-US"},
        {
            "id": "https://example.org/id/edge/1", "type": "DerivedEdge", "subject": "https://example.org/id/incident/1",
            "predicate": "victim", "object": "https://example.org/id/org/acme", "agents": 1, "contested": False,
        },
    ]
}  # fmt: skip
TURTLE = """
<https://example.org/id/claim/1> a ikg:Involvement ; ikg:statedIn <https://example.org/id/report/1> ;
    ikg:assertedBy <https://example.org/id/org/acme> ; ikg:stance ikg:stance-asserted ; ikg:method ikg:method-curated ;
    ikg:confidence 85 ; ikg:incident <https://example.org/id/incident/1> ; ikg:party <https://example.org/id/org/acme> ;
    ikg:role ikg:role-victim ; ikg:start "2023-11-21T00:00:00Z"^^xsd:dateTime ; ikg:end "2023-12-01T00:00:00Z"^^xsd:dateTime ;
    ikg:startDay 19682 ; ikg:precision ikg:precision-about ; ikg:unnamedSource true ; ikg:timeWords "late November 2023" ;
    ikg:evidence <https://example.org/id/evidence/1> .
<https://example.org/id/evidence/1> a ikg:Evidence ; oa:exact "We" ; oa:start 0 ; oa:end 2 .
<https://example.org/id/org/acme> a ikg:Organization ; skos:prefLabel "Acme" ; ikg:country ikg:country-US .
<https://example.org/id/edge/1> a ikg:DerivedEdge ; rdf:subject <https://example.org/id/incident/1> ; rdf:predicate ikg:victim ;
    rdf:object <https://example.org/id/org/acme> ; ikg:agents 1 ; ikg:contested false .
"""


@pytest.fixture(scope="module")
def context() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ONTOLOGY / "context.jsonld").read_text("utf-8"))["@context"]
    return found


def test_json_ld_says_what_turtle_says(context: dict[str, Any]) -> None:
    text = json.dumps({"@context": context, **DOCUMENT})
    assert set(rdflib.Graph().parse(data=text, format="json-ld")) == set(graph(more=TURTLE))
    read = {q.triple for q in pyoxigraph.parse(text, pyoxigraph.RdfFormat.JSON_LD)}
    assert read == {q.triple for q in pyoxigraph.parse(PREFIX_LINES + TURTLE, pyoxigraph.RdfFormat.TURTLE)}


def test_the_context_knows_every_property(context: dict[str, Any], core: rdflib.Graph) -> None:
    concepts = {SKOS.Concept, URIRef(IKG + "Country"), URIRef(IKG + "Sector")}
    for term in own(core, *PROPERTY_KINDS):
        entry, values = context[term.removeprefix(IKG)], core.value(term, RDFS.range)
        assert entry["@id"] == short(term)
        if (term, RDF.type, OWL.ObjectProperty) in core:
            assert entry["@type"] == ("@vocab" if values in concepts else "@id"), short(term)
        else:
            assert entry.get("@type") == (None if values in (None, XSD.string) else short(values)), short(term)
