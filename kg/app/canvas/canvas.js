// The graph canvas: Cytoscape.js under Streamlit. Python says what is in view; what is on the screen already stays where it is.
//
// data: { scene, turn, layout, nodes: [{id, label, kind, family, size, pin, more, time, tip}], edges: [{id, s, t, label, confidence, contested, tip}],
//         picked: [id], note: "…" }
// events (trigger "event"): { do: "pick" | "expand" | "hide" | "pin" | "unpin" | "open" | "undo" | "redo" | "keep", ids, edges, positions }
// For tests and saved views: window.kgCanvases[key].positions().

const SHAPES = {
  Incident: "diamond", ThreatActor: "triangle", UnidentifiedActor: "vee", Campaign: "rhomboid", Organization: "round-rectangle", Population: "ellipse",
  Person: "bottom-round-rectangle", Asset: "hexagon", Malware: "pentagon", Tool: "tag", Technique: "octagon", Vulnerability: "star", Product: "cut-rectangle",
};
const POLYGONS = {
  diamond: "8,0 16,8 8,16 0,8", triangle: "8,0 16,15 0,15", vee: "0,0 8,4 16,0 8,16", rhomboid: "0,2 11,2 16,14 5,14", "round-rectangle": "1,2 15,2 15,14 1,14", "bottom-round-rectangle": "1,2 15,2 15,10 12,14 4,14 1,10",
  hexagon: "4,1 12,1 16,8 12,15 4,15 0,8", pentagon: "8,0 16,6 13,16 3,16 0,6", tag: "0,2 11,2 16,8 11,14 0,14", octagon: "5,0 11,0 16,5 16,11 11,16 5,16 0,11 0,5",
  star: "8,0 10,6 16,6 11,10 13,16 8,12 3,16 5,10 0,6 6,6", "cut-rectangle": "3,1 13,1 16,4 16,12 13,15 3,15 0,12 0,4", "round-hexagon": "4,1 12,1 16,8 12,15 4,15 0,8",
};
const FAMILIES = ["incident", "actor", "campaign", "party", "place", "asset", "tool", "weakness", "report", "other", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];
const STEP = 74;

const canvases = (window.kgCanvases ||= {});

function ready() {
  return new Promise((done) => {
    const wait = () => (window.kgCytoscape ? done(window.kgCytoscape) : setTimeout(wait, 15));
    wait();
  });
}

function seeded(run) {
  const original = Math.random;
  let state = 20240629;
  Math.random = () => ((state = (state * 1664525 + 1013904223) >>> 0) / 4294967296);
  try { return run(); } finally { Math.random = original; }
}

function length(height) { return typeof height === "string" ? height : `${height || 640}px`; }

function words(text, limit) {
  const shown = String(text ?? "").replace(/\s+/g, " ").replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "\u00b7");
  const signs = [...shown];  // code points: half an emoji is nothing
  return signs.length > limit ? signs.slice(0, limit - 1).join("") + "…" : shown;
}

class Canvas {
  constructor(key, cytoscape) {
    this.key = key;
    this.send = () => {};
    this.scene = null;
    this.host = document.createElement("div");
    this.host.className = "kg-canvas";
    this.host.tabIndex = 0;
    this.host.setAttribute("role", "application");
    this.host.setAttribute("aria-label", "graph; arrow keys walk from node to node, E expands, Delete hides, P pins, Enter opens, F fits, Z undoes");
    for (const part of ["draw", "tools", "legend", "tip", "said"]) {
      this[part] = this.host.appendChild(document.createElement("div"));
      this[part].className = `kg-canvas-${part}`;
    }
    this.said.setAttribute("aria-live", "polite");
    this.make = () => cytoscape({
      container: this.draw, minZoom: 0.03, maxZoom: 3, wheelSensitivity: 0.3, boxSelectionEnabled: true, selectionType: "single", style: [],
      pixelRatio: Math.min(window.devicePixelRatio || 1, 2),
    });
    this.buttons();
  }

  start() {
    this.cy = this.make();
    this.listen();
    new ResizeObserver(() => { this.cy.resize(); if (!this.fitted && this.draw.clientWidth) this.fit(); }).observe(this.host);
  }

  // what Python says

  sync(slot, data, send) {
    this.send = send;
    if (this.host.parentElement !== slot) slot.appendChild(this.host);
    this.host.style.height = length(data.height);
    this.note = data.note || "";
    const meaning = JSON.stringify(data.legend || []);
    const relabel = this.meaning !== undefined && this.meaning !== meaning;
    this.meaning = meaning;
    if (!this.cy) this.start();
    this.colours();
    const stamp = JSON.stringify([data.scene, data.turn, data.layout]);
    const news = this.scene !== data.scene;
    const text = JSON.stringify([data.nodes, data.edges]);
    if (text !== this.text) this.elements(data, news);
    else if (relabel) this.legends();
    const laid = this.stamp;
    this.text = text;
    this.stamp = stamp;
    this.scene = data.scene;
    this.style();
    const unplaced = this.cy.nodes().filter((n) => !n.scratch("placed"));
    if (news || (laid !== undefined && laid !== stamp)) this.layout(data.layout, news);
    else if (unplaced.length) this.place(unplaced);
    this.pick(data.picked || []);
  }

  elements(data, news) {
    const cy = this.cy;
    const began = performance.now();
    cy.batch(() => {
      if (news) { cy.elements().remove(); this.fitted = false; }
      const nodes = new Map(data.nodes.map((n) => [n.id, n]));
      const edges = new Map(data.edges.map((e) => [e.id, e]));
      cy.edges().filter((e) => !edges.has(e.id())).remove();
      cy.nodes().filter((n) => !nodes.has(n.id())).remove();
      const added = [];
      for (const n of data.nodes) {
        const held = { id: n.id, label: words(n.more ? `+${n.more} ${n.label}` : n.label, 90), kind: n.kind, family: n.family || "other", size: n.size || 26, more: n.more || 0, time: n.time ?? null, tip: n.tip || n.label };
        const known = cy.getElementById(n.id);
        if (known.length) { known.data(held); } else added.push({ group: "nodes", data: held });
      }
      cy.add(added);
      const lines = [];
      for (const e of data.edges) {
        const held = { id: e.id, source: e.s, target: e.t, label: words(e.label, 40), confidence: e.confidence ?? 60, contested: e.contested ? 1 : 0, tip: e.tip || e.label };
        const known = cy.getElementById(e.id);
        if (known.length) known.data(held); else lines.push({ group: "edges", data: held });
      }
      cy.add(lines);
      for (const n of data.nodes) {
        const node = cy.getElementById(n.id);
        if (n.pin) { if (!node.locked() || !node.scratch("placed")) node.unlock().position({ x: n.pin[0], y: n.pin[1] }).scratch("placed", true); node.lock().addClass("pinned"); }
        else if (node.hasClass("pinned")) node.unlock().removeClass("pinned");
        if (n.at && !node.scratch("placed")) node.position({ x: n.at[0], y: n.at[1] }).scratch("placed", true);
      }
    });
    this.legends();
    this.took = performance.now() - began;
  }

  // where things stand

  place(fresh) {
    const cells = new Map();
    const cell = (p) => `${Math.round(p.x / STEP)},${Math.round(p.y / STEP)}`;
    const old = this.cy.nodes().filter((n) => n.scratch("placed"));
    old.forEach((n) => cells.set(cell(n.position()), true));
    const box = old.length ? old.boundingBox({ includeLabels: false }) : { x1: 0, y1: 0, x2: 0, y2: 0 };
    const middle = { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 };
    const free = (p) => {
      const [a, b] = [Math.round(p.x / STEP), Math.round(p.y / STEP)];
      return !cells.has(`${a},${b}`);
    };
    this.cy.batch(() => fresh.forEach((node) => {
      const beside = node.neighborhood("node").filter((n) => n.scratch("placed"));
      let centre = { x: box.x1, y: box.y2 + 2 * STEP };
      if (beside.length) {
        centre = { x: 0, y: 0 };
        beside.forEach((n) => { centre.x += n.position("x") / beside.length; centre.y += n.position("y") / beside.length; });
      }
      const away = Math.atan2(centre.y - middle.y, centre.x - middle.x) || 0;
      let spot = null;
      for (let ring = 1; !spot && ring < 60; ring++) {
        const places = 6 * ring;
        for (let turn = 0; turn < places; turn++) {
          const side = (turn % 2 ? 1 : -1) * Math.ceil(turn / 2);
          const angle = away + (side * 2 * Math.PI) / places;
          const at = { x: centre.x + ring * STEP * 1.25 * Math.cos(angle), y: centre.y + ring * STEP * Math.sin(angle) };
          if (free(at)) { spot = at; break; }
        }
      }
      node.position(spot || centre).scratch("placed", true);
      cells.set(cell(node.position()), true);
    }));
    const seen = this.cy.extent();
    const shown = fresh.boundingBox();
    if (shown.x1 < seen.x1 || shown.x2 > seen.x2 || shown.y1 < seen.y1 || shown.y2 > seen.y2) this.hint = true;
  }

  layout(name, news) {
    const cy = this.cy;
    const given = cy.nodes().filter((n) => n.scratch("placed"));
    if (news && given.length && given.length === cy.nodes().length) { this.fit(); return; }
    const began = performance.now();
    const count = cy.nodes().length;
    if (!count) return;
    if (name === "timeline") this.timeline();
    else {
      const free = cy.nodes().filter((n) => !n.hasClass("pinned"));
      const options = {
        force: { name: "fcose", quality: cy.edges().length > 1500 ? "draft" : "default", randomize: true, animate: false, packComponents: true, nodeSeparation: 90, idealEdgeLength: 110, nodeRepulsion: 9000, numIter: count > 1000 ? 60 : count > 400 ? 500 : 1500,
          tile: true, uniformNodeDimensions: count > 300, nodeDimensionsIncludeLabels: count <= 150,
          fixedNodeConstraint: cy.nodes(".pinned").map((n) => ({ nodeId: n.id(), position: { ...n.position() } })) },
        hierarchical: { name: "dagre", rankDir: "TB", nodeSep: 30, rankSep: 90, animate: false },
        concentric: { name: "concentric", animate: false, minNodeSpacing: 34, concentric: (n) => n.degree(), levelWidth: (all) => Math.max(1, all.maxDegree() / 5) },
      }[name] || { name: "grid" };
      if (!options.fixedNodeConstraint?.length) delete options.fixedNodeConstraint;
      const layout = (name === "force" ? cy.elements() : free.union(free.edgesWith(free))).layout({ ...options, fit: false });
      seeded(() => layout.run());
    }
    cy.nodes().forEach((n) => { n.scratch("placed", true); });
    this.laidIn = performance.now() - began;
    this.fit();
  }

  timeline() {
    const cy = this.cy;
    const dated = cy.nodes().filter((n) => n.data("time") !== null);
    const times = dated.map((n) => n.data("time"));
    const [first, last] = [Math.min(...times, 0x7fffffff), Math.max(...times, -0x7fffffff)];
    const width = Math.max(900, cy.nodes().length * 34);
    const at = new Map();
    dated.forEach((n) => at.set(n.id(), last > first ? ((n.data("time") - first) / (last - first)) * width : width / 2));
    for (let round = 0; round < 3; round++) cy.nodes().forEach((n) => {
      if (n.data("time") !== null) return;
      const known = n.neighborhood("node").map((m) => at.get(m.id())).filter((x) => x !== undefined);
      if (known.length) at.set(n.id(), known.reduce((a, b) => a + b, 0) / known.length);
    });
    const lanes = [];
    const order = cy.nodes().sort((a, b) => (at.get(a.id()) ?? -1) - (at.get(b.id()) ?? -1) || (a.id() < b.id() ? -1 : 1));
    cy.batch(() => order.forEach((n) => {
      const x = at.get(n.id()) ?? -160;
      let lane = 0;
      while (lanes[lane] !== undefined && x - lanes[lane] < 150) lane++;
      lanes[lane] = x;
      if (!n.hasClass("pinned")) n.position({ x, y: (lane % 2 ? -1 : 1) * Math.ceil(lane / 2) * 78 });
    }));
  }

  fit(nodes) {
    if (!this.draw.clientWidth) return;
    this.cy.resize();
    this.cy.fit(nodes || this.cy.elements(), 46);
    if (this.cy.zoom() > 1.25) { this.cy.zoom(1.25); this.cy.center(nodes || this.cy.elements()); }
    this.fitted = true;
  }

  places(nodes) {
    return Object.fromEntries(nodes.map((n) => [n.id(), [Math.round(n.position("x") * 10) / 10, Math.round(n.position("y") * 10) / 10]]));
  }

  positions() {
    return this.places(this.cy.nodes());
  }

  // how things look

  colours() {
    const probe = document.createElement("span");
    this.host.appendChild(probe);
    const old = this.paint && JSON.stringify(this.paint);
    const resolve = (colour) => { probe.style.color = colour; return getComputedStyle(probe).color; };
    this.paint = { text: "", ground: "", line: "", bad: "", families: {} };
    const app = document.querySelector("[data-testid=stApp]") || document.body;
    this.paint.text = getComputedStyle(app).color;
    this.paint.ground = getComputedStyle(app).backgroundColor;
    this.paint.line = resolve("light-dark(#8793a0, #7d8a97)");
    this.paint.bad = resolve("var(--kg-bad)");
    for (const family of FAMILIES) { probe.className = `kg-${family}`; this.paint.families[family] = resolve("var(--kg, var(--kg-other))"); }
    probe.remove();
    if (old !== JSON.stringify(this.paint)) { this.styled = false; this.legends(); }
  }

  style() {
    if (this.styled) return;
    this.styled = true;
    const p = this.paint;
    const many = this.cy.nodes().length > 600;
    this.cy.style([
      { selector: "node", style: {
        width: "data(size)", height: "data(size)", shape: (n) => (n.data("more") ? "round-hexagon" : SHAPES[n.data("kind")] || "ellipse"), "background-color": (n) => p.families[n.data("family")] || p.families.other,
        "border-width": 1.5, "border-color": p.ground, label: "data(label)", color: p.text, "font-size": 11, "font-family": "Helvetica, Arial, sans-serif", "text-valign": "bottom", "text-margin-y": 4,
        "text-wrap": "wrap", "text-max-width": 120, "text-outline-color": p.ground, "text-outline-width": many ? 0 : 2, "min-zoomed-font-size": many ? 9 : 6.5, "text-overflow-wrap": "whitespace" } },
      { selector: "node[kind = 'UnidentifiedActor']", style: { "background-opacity": 0.55, "border-style": "dashed", "border-color": p.families.actor } },
      { selector: "node[more > 0]", style: { "background-opacity": 0.25, "border-style": "double", "border-width": 4, "border-color": (n) => p.families[n.data("family")] || p.families.other } },
      { selector: "node.pinned", style: { "border-color": p.text, "border-width": 2.5 } },
      { selector: "edge", style: {
        width: "mapData(confidence, 0, 100, 0.8, 3)", "line-color": p.line, "target-arrow-color": p.line, "target-arrow-shape": "triangle", "arrow-scale": 0.8, "curve-style": many ? "haystack" : "bezier", opacity: many ? 0.45 : 0.85,
        label: many ? "" : "data(label)", "font-size": 9, color: p.text, "text-opacity": 0.85, "text-rotation": "autorotate", "text-outline-color": p.ground, "text-outline-width": 2, "min-zoomed-font-size": 10.5 } },
      { selector: "edge[contested > 0]", style: { "line-style": "dashed", "line-color": p.bad, "target-arrow-color": p.bad } },
      { selector: "node:selected", style: { "border-color": p.families.party, "border-width": 4, "font-weight": "bold", "min-zoomed-font-size": 0, "z-index": 9 } },
      { selector: "edge:selected", style: { "line-color": p.families.party, "target-arrow-color": p.families.party, width: 4, opacity: 1, "z-index": 9 } },
      { selector: ".far", style: { opacity: 0.18 } },
    ]);
  }

  legends() {
    if (!this.paint) return;
    const kinds = new Map();
    const meaning = JSON.parse(this.meaning || "[]");
    this.cy.nodes().forEach((n) => { if (!n.data("more")) kinds.set(n.data("kind"), meaning.length ? "other" : n.data("family")); });
    const items = [...meaning.map(([family, words]) => [words, family, "ellipse"]), ...[...kinds].sort().map(([kind, family]) => [kind, family, SHAPES[kind]])];
    this.legend.replaceChildren(...items.map(([kind, family, shape]) => {
      const item = document.createElement("span");
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 16 16");
      svg.appendChild(this.mark(shape || "ellipse", 8, 8, 14, this.paint.families[family] || this.paint.families.other));
      item.append(svg, String(kind || "thing").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase());
      return item;
    }));
    this.styled = this.styled && this.cy.nodes().length > 600 === this.wasMany;
    this.wasMany = this.cy.nodes().length > 600;
  }

  mark(shape, x, y, size, colour) {
    const points = POLYGONS[shape];
    const node = document.createElementNS("http://www.w3.org/2000/svg", points ? "polygon" : "circle");
    const k = size / 16;
    if (points) node.setAttribute("points", points.split(" ").map((p) => p.split(",").map(Number)).map(([a, b]) => `${(x + (a - 8) * k).toFixed(1)},${(y + (b - 8) * k).toFixed(1)}`).join(" "));
    else { node.setAttribute("cx", x); node.setAttribute("cy", y); node.setAttribute("r", size / 2); }
    node.setAttribute("fill", colour);
    return node;
  }

  // what a person does

  pick(ids) {
    const cy = this.cy;
    const wanted = new Set(ids);
    const now = cy.elements(":selected").map((e) => e.id());
    if (now.length === wanted.size && now.every((id) => wanted.has(id))) return;
    this.quiet = true;
    cy.batch(() => { cy.elements().unselect(); cy.elements().filter((e) => wanted.has(e.id())).select(); });
    this.quiet = false;
  }

  tell() {
    if (this.quiet) return;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const nodes = this.cy.nodes(":selected"), edges = this.cy.edges(":selected");
      this.said.textContent = nodes.length === 1 ? `${nodes[0].data("label")}, ${nodes[0].data("kind")}, ${nodes[0].degree()} edges` : `${nodes.length} nodes, ${edges.length} edges picked`;
      this.event("pick", nodes.map((n) => n.id()), edges.map((e) => e.id()));
    }, 60);
  }

  event(what, ids = [], edges = [], more = {}) {
    this.send({ do: what, ids, edges, nth: (this.nth = (this.nth || 0) + 1), ...more });
  }

  listen() {
    const cy = this.cy;
    cy.on("select unselect", "node, edge", () => this.tell());
    cy.on("dbltap", "node", (e) => this.event("expand", [e.target.id()]));
    cy.on("mouseover", "node, edge", (e) => {
      this.tip.textContent = words(e.target.data("tip"), 400);
      this.tip.style.display = "block";
      const p = e.renderedPosition || { x: 0, y: 0 };
      this.tip.style.left = `${Math.min(p.x + 14, Math.max(0, this.host.clientWidth - 250))}px`;
      this.tip.style.top = `${p.y + 14}px`;
    });
    cy.on("mouseout pan zoom", () => { this.tip.style.display = "none"; });
    this.host.addEventListener("keydown", (e) => this.key_(e));
  }

  key_(e) {
    if (e.target !== this.host || e.ctrlKey || e.metaKey || e.altKey) return;
    const cy = this.cy;
    const picked = cy.nodes(":selected");
    const ids = picked.map((n) => n.id());
    const positions = this.places(picked);
    const acts = {
      e: () => ids.length && this.event("expand", ids), Delete: () => ids.length && this.event("hide", ids), Backspace: () => ids.length && this.event("hide", ids),
      p: () => ids.length && this.event(picked.every((n) => n.hasClass("pinned")) ? "unpin" : "pin", ids, [], { positions }),
      Enter: () => ids.length === 1 && this.event("open", ids), z: () => this.event("undo"), y: () => this.event("redo"), f: () => this.fit(), "+": () => this.zoom(1.3), "-": () => this.zoom(1 / 1.3),
      Escape: () => cy.elements().unselect(),
    };
    const aims = { ArrowRight: 0, ArrowDown: Math.PI / 2, ArrowLeft: Math.PI, ArrowUp: -Math.PI / 2 };
    if (acts[e.key]) { acts[e.key](); e.preventDefault(); }
    else if (e.key in aims) {
      e.preventDefault();
      const from = picked[0] || cy.nodes()[0];
      if (!from) return;
      let best = picked.length ? null : from, least = Infinity;
      if (picked.length) cy.nodes().forEach((n) => {
        if (n.id() === from.id()) return;
        const dx = n.position("x") - from.position("x"), dy = n.position("y") - from.position("y");
        const off = Math.abs(Math.atan2(Math.sin(Math.atan2(dy, dx) - aims[e.key]), Math.cos(Math.atan2(dy, dx) - aims[e.key])));
        const cost = Math.hypot(dx, dy) * (1 + 2 * off) * (from.neighborhood().contains(n) ? 0.6 : 1);
        if (off < 1.2 && cost < least) { least = cost; best = n; }
      });
      if (best) { cy.elements().unselect(); best.select(); if (!this.inside(best)) cy.center(best); }
    }
  }

  inside(node) {
    const seen = this.cy.extent(), p = node.position();
    return p.x > seen.x1 && p.x < seen.x2 && p.y > seen.y1 && p.y < seen.y2;
  }

  zoom(by) { this.cy.zoom({ level: this.cy.zoom() * by, renderedPosition: { x: this.draw.clientWidth / 2, y: this.draw.clientHeight / 2 } }); }

  buttons() {
    const all = [
      ["add", "Zoom in (+)", () => this.zoom(1.3)], ["remove", "Zoom out (-)", () => this.zoom(1 / 1.3)], ["fit_screen", "Fit everything (F)", () => this.fit()],
      ["image", "Picture as PNG", () => this.save(this.png(), "graph.png")], ["polyline", "Picture as SVG", () => this.save(new Blob([this.svg()], { type: "image/svg+xml" }), "graph.svg")],
      ["bookmark", "Keep all positions in the view", () => this.event("keep", [], [], { positions: this.positions() })],
    ];
    for (const [icon, title, act] of all) {
      const button = this.tools.appendChild(document.createElement("button"));
      button.type = "button"; button.textContent = icon; button.title = title; button.setAttribute("aria-label", title);
      button.addEventListener("click", (e) => { e.stopPropagation(); act(); });
    }
  }

  // pictures

  save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob); link.download = name; link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  png() { return this.cy.png({ output: "blob", full: true, scale: 2, maxWidth: 6000, maxHeight: 6000, bg: this.paint.ground }); }

  svg() {
    const NS = "http://www.w3.org/2000/svg", cy = this.cy, box = cy.elements().boundingBox(), p = this.paint;
    const make = (tag, attributes, text) => { const n = document.createElementNS(NS, tag); for (const [k, v] of Object.entries(attributes)) n.setAttribute(k, v); if (text !== undefined) n.textContent = text; return n; };
    const [w, h] = [Math.max(box.w + 120, 400), Math.max(box.h + 150, 260)];
    const svg = make("svg", { xmlns: NS, viewBox: `${(box.x1 - 60).toFixed(0)} ${(box.y1 - 60).toFixed(0)} ${w.toFixed(0)} ${h.toFixed(0)}`, width: w.toFixed(0), height: h.toFixed(0), "font-family": "sans-serif" });
    svg.append(make("title", {}, "graph"), make("rect", { x: box.x1 - 60, y: box.y1 - 60, width: w, height: h, fill: p.ground }));
    cy.edges().forEach((e) => {
      const a = e.source().position(), b = e.target().position(), bad = e.data("contested");
      const line = make("line", { x1: a.x.toFixed(1), y1: a.y.toFixed(1), x2: b.x.toFixed(1), y2: b.y.toFixed(1), stroke: bad ? p.bad : p.line, "stroke-width": (0.8 + (2.2 * e.data("confidence")) / 100).toFixed(1), ...(bad ? { "stroke-dasharray": "5 4" } : {}) });
      line.append(make("title", {}, words(e.data("tip"), 400)));
      svg.append(line);
      if (cy.edges().length <= 60) svg.append(make("text", { x: ((a.x + b.x) / 2).toFixed(1), y: ((a.y + b.y) / 2 - 3).toFixed(1), "font-size": 8.5, fill: p.text, "text-anchor": "middle", opacity: 0.8 }, e.data("label")));
    });
    cy.nodes().forEach((n) => {
      const at = n.position();
      const mark = this.mark(n.data("more") ? "round-hexagon" : SHAPES[n.data("kind")] || "ellipse", at.x, at.y, n.data("size"), p.families[n.data("family")] || p.families.other);
      mark.append(make("title", {}, words(n.data("tip"), 400)));
      svg.append(mark, make("text", { x: at.x.toFixed(1), y: (at.y + n.data("size") / 2 + 13).toFixed(1), "font-size": 11, fill: p.text, "text-anchor": "middle" }, words(n.data("label"), 46)));
    });
    [...this.legend.children].forEach((item, i) => {
      const x = box.x1 - 40 + (i % 6) * 130, y = box.y2 + 52 + Math.floor(i / 6) * 16;
      const shape = item.querySelector("svg").firstChild.cloneNode();
      const g = make("g", { transform: `translate(${x.toFixed(0)} ${(y - 12).toFixed(0)})` });
      g.append(shape);
      svg.append(g, make("text", { x: (x + 20).toFixed(0), y: y.toFixed(0), "font-size": 10, fill: p.text }, item.textContent));
    });
    svg.append(make("text", { x: (box.x1 - 40).toFixed(0), y: (box.y1 - 60 + h - 8).toFixed(0), "font-size": 9, fill: p.text, opacity: 0.8 }, words(this.note, 300)));
    return new XMLSerializer().serializeToString(svg);
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let slot = parentElement.querySelector(":scope > .kg-canvas-slot");
  if (!slot) { slot = document.createElement("div"); slot.className = "kg-canvas-slot"; parentElement.appendChild(slot); }
  slot.style.minHeight = length(data.height);
  ready().then((cytoscape) => {
    const canvas = (canvases[data.key] ||= new Canvas(data.key, cytoscape));
    canvas.sync(slot, data, (event) => setTriggerValue("event", event));
  });
}
