"""The graph as files: one module a family of formats."""
