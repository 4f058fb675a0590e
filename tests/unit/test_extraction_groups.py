"""Which words describe a group, and which groups were hurt."""

from datetime import date

import pytest

from kg.extraction.reading import read

PUBLISHED = date(2024, 5, 20)
BREACH = "Norlake Bank said on Monday that hackers broke into its network and stole data. "


def said(text: str) -> set[str]:
    found = [a for incident in read(BREACH + text, PUBLISHED).incidents for a in incident.affected]
    return {f"{a.description}#{a.count.value if a.count else None}" for a in found}


# text | groups that are found, "description#count"
CASES = """
Data of 4,300 people served by its branches was taken. | people served by its branches#4300
Data of some 2,100 patients in this state was copied. | patients in this state#2100
Files on 640 athletes from almost 20 countries were published. | athletes from almost 20 countries#640
The passwords of 5,000 accounts with a weak password were stolen. | accounts with a weak password#5000
Records of 8,200 members who renewed in 2016 or before were exposed. | members who renewed in 2016 or before#8200
The breach affected several hundred thousand travellers. | several hundred thousand travellers#None
The bank's 90,000 customers were exposed to fraud. | customers#90000
A team of 30 investigators looked at the servers. |
The bank, which employs 4,000 people, is based in Oslo. |
Five people with knowledge of the inquiry spoke of the attack. |
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_groups(case: str) -> None:
    text, wanted = (part.strip() for part in case.split("|"))
    assert said(text) == set(filter(None, wanted.split(" ; ")))
