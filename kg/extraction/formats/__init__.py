"""One file a document format, each with ``read(data, name)``: bytes in, :class:`~kg.extraction.formats.base.Content` out."""
