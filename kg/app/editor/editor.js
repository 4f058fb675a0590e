// The query editor: CodeMirror under Streamlit. data: { key, text, nth, terms: [{label, detail}], variables, fault: {line, column, message} | null }
// event (trigger "event"): { do: "run", text }. A new `nth` puts `text` into the editor; otherwise what a person typed stays.

const editors = (window.kgEditors ||= {});

function ready() {
  return new Promise((done) => {
    const wait = () => (window.kgCodeMirror ? done(window.kgCodeMirror) : setTimeout(wait, 15));
    wait();
  });
}

class Editor {
  constructor(code, data) {
    this.code = code;
    this.host = document.createElement("div");
    this.host.className = "kg-editor";
    const t = code.tags;
    const look = code.HighlightStyle.define([
      { tag: t.keyword, class: "kg-ed-keyword" }, { tag: [t.variableName, t.standard(t.variableName)], class: "kg-ed-variable" }, { tag: [t.string, t.number, t.bool], class: "kg-ed-literal" },
      { tag: t.comment, class: "kg-ed-comment" }, { tag: [t.atom, t.namespace, t.propertyName, t.definition(t.name), t.labelName], class: "kg-ed-name" },
    ]);
    const run = () => { this.run(); return true; };
    this.view = new code.EditorView({
      parent: this.host, doc: data.text,
      extensions: [
        code.lineNumbers(), code.history(), code.bracketMatching(), code.closeBrackets(), code.placeholder("SELECT ?actor ?party { ?actor ikg:targeted ?party }"),
        code.StreamLanguage.define(code.sparql), code.syntaxHighlighting(look), code.autocompletion({ override: [(c) => this.complete(c)], activateOnTyping: true }),
        code.keymap.of([{ key: "Mod-Enter", run }, ...code.completionKeymap, ...code.defaultKeymap, ...code.historyKeymap]), code.EditorView.lineWrapping,
        code.EditorView.contentAttributes.of({ "aria-label": "SPARQL query" }),
      ],
    });
  }

  complete(context) {
    const word = context.matchBefore(/[?$]?[\w-]*:?[\w.-]*/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    const text = this.view.state.doc.toString();
    const variables = [...new Set(text.match(/[?$]\w+/g) || [])].filter((v) => v !== word.text).map((v) => ({ label: v, type: "variable" }));
    const names = this.data.terms.map((term) => ({ label: term.label, detail: term.detail, type: term.label.includes(":") ? "property" : "keyword" }));
    return { from: word.from, options: [...variables, ...names], validFor: /^[?$]?[\w-]*:?[\w.-]*$/ };
  }

  sync(slot, data, send) {
    this.send = send;
    this.data = data;
    if (this.host.parentElement !== slot) slot.appendChild(this.host);
    if (data.nth !== this.nth && this.nth !== undefined && data.text !== this.view.state.doc.toString()) this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: data.text } });
    this.nth = data.nth;
    const fault = data.fault, doc = this.view.state.doc, marks = [];
    if (fault && fault.line >= 1 && fault.line <= doc.lines) {
      const line = doc.line(fault.line), at = Math.min(line.to, line.from + Math.max(0, (fault.column || 1) - 1));
      marks.push({ from: at === line.to ? line.from : at, to: line.to, severity: "error", message: fault.message });
    }
    this.view.dispatch(this.code.setDiagnostics(this.view.state, marks));
  }

  run() { this.send({ do: "run", text: this.view.state.doc.toString(), at: Date.now() }); }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let slot = parentElement.querySelector(":scope > .kg-editor-slot");
  if (!slot) { slot = document.createElement("div"); slot.className = "kg-editor-slot"; parentElement.appendChild(slot); }
  ready().then((code) => {
    const editor = (editors[data.key] ||= new Editor(code, data));
    editor.data = data;
    editor.sync(slot, data, (event) => setTriggerValue("event", event));
    if (!slot.querySelector(".kg-editor-run")) {
      const button = slot.appendChild(document.createElement("button"));
      button.type = "button"; button.className = "kg-editor-run"; button.textContent = "Run"; button.title = "Run (Ctrl-Enter)";
      button.addEventListener("click", () => editor.run());
    }
  });
}
