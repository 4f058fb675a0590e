// What `npm run build` puts into libraries.js: the editor, its keys and the SPARQL mode, as window.kgCodeMirror.
import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, defaultHighlightStyle, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { setDiagnostics } from "@codemirror/lint";
import { EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";

window.kgCodeMirror = {
  autocompletion, closeBrackets, completionKeymap, defaultKeymap, history, historyKeymap, indentWithTab, bracketMatching, defaultHighlightStyle, HighlightStyle,
  StreamLanguage, syntaxHighlighting, sparql, setDiagnostics, EditorView, keymap, lineNumbers, placeholder, tags,
};
