"""From text to report: documents as they come are read to plain text, and the text claim by claim."""
