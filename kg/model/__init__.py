"""The report model: what one report says, as pydantic classes. See :mod:`kg.model.report`."""
