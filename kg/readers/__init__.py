"""From files to reports: one module a format, each a :class:`kg.readers.base.Reader`."""
