"""Where quads are kept: one interface, several engines, checkpoints for readers, and the index of names."""
