// What `npm run build` puts into libraries.js: the drawing engine and its layouts, as window.kgCytoscape.
import cytoscape from "cytoscape";
import dagre from "cytoscape-dagre";
import fcose from "cytoscape-fcose";

cytoscape.use(dagre);
cytoscape.use(fcose);
window.kgCytoscape = cytoscape;
