"""What the graph knows that no report says: projections to NetworkX and analyses over them.

An analysis is a function ``NAME(material, …) -> Analysis`` in a file of its own, ``kg/analysis/NAME.py``, and a line in
:data:`kg.analysis.registry.ANALYSES`. How to add one: ``docs/analysis/README.md``.
"""
