"""Supply relations: wordings by which a text says who supplies whom, and what is none."""

from datetime import date

import pytest

from kg.extraction.reading import prepare, read
from kg.extraction.supply import Supplies

PUBLISHED = date(2024, 5, 20)

# text | "supplier > customer" ; …
CASES = """
Norlake Bank said hackers stole data from its payroll provider, Tilmont Ltd. | Tilmont > Norlake Bank
Hackers broke into Tilmont Ltd, the company that runs the payroll for Norlake Bank. | Tilmont > Norlake Bank
Hackers broke into Tilmont Ltd, which hosts e-mail for Norlake Bank. | Tilmont > Norlake Bank
Hackers broke into Norlake Bank on Monday. Norlake Bank is a customer of Tilmont Ltd. | Tilmont > Norlake Bank
Hackers broke into Norlake Bank on Monday. Norlake Bank uses software from Tilmont Ltd. | Tilmont > Norlake Bank
Hackers stole data from Tilmont Ltd. Customers of Tilmont Ltd, among them Norlake Bank, were told. | Tilmont > Norlake Bank
Hackers broke into Norlake Bank on Monday. Tilmont Ltd, which runs its help desk, gave no comment. | Tilmont > Norlake Bank
Hackers broke into Tilmont Ltd on Monday. Norlake Bank, for which the firm clears trades, was told. | Tilmont > Norlake Bank
Hackers broke into Norlake Bank. Tilmont Ltd, a rival supplier of Norlake Bank, was not involved. |
Hackers broke into Norlake Bank. Norlake Bank does not use software from Tilmont Ltd. |
Hackers broke into Norlake Bank. Shares of Tilmont Ltd rose. |
"""


def relations(text: str) -> set[str]:
    return {f"{s.supplier.name} > {s.customer.name}" for incident in read(text, PUBLISHED).incidents for s in incident.supplies}


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_relations(case: str) -> None:
    text, wanted = (part.strip() for part in case.split("|"))
    assert relations(text) == set(filter(None, wanted.split(" ; ")))


def test_grounds_are_sentences_of_the_text() -> None:
    text = "Norlake Bank said hackers stole data from its payroll provider, Tilmont Ltd."
    for incident in read(text, PUBLISHED).incidents:
        for relation in incident.supplies:
            assert relation.customer.name in text[relation.ground.start : relation.ground.end]


def test_what_is_said_of_suppliers_and_customers() -> None:
    text = (
        "Hackers broke into Arcfold Software, a company that handles mail for banks, and stole data. "
        "Norlake Bank said that its own systems were untouched."
    )
    reading, speeches = prepare(text, PUBLISHED)
    weigher = Supplies(reading, speeches).weigher
    said = {p.name: weigher.said(p) for p in reading.parties.organizations()}
    assert "is who serves" in said["Arcfold Software"] and "own" in said["Norlake Bank"]
