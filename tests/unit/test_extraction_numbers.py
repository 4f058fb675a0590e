"""Counts in text: a table of wordings, what counts nothing, and properties of any text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.extraction.numbers import find_counts

# text | each count as "words = value bound [unit]"; a share has "%" for the value, money its currency after it
CASES = """
up to 18,000 customers may have | up to 18,000 = 18000 at most [customers]
approximately 143 million U.S. consumers | approximately 143 million = 143000000 about [U.S. consumers]
about 190 million individuals | about 190 million = 190000000 about [individuals]
100 million were affected | 100 million = 100000000 exact
134 customers, less than one percent of our customers | 134 = 134 exact [customers] ; less than one percent = % at most [customers]
Five customers, among them | Five = 5 exact [customers]
up to about 37 million paid and unpaid user accounts, | up to about 37 million = 37000000 at most [paid and unpaid user accounts]
2.9 billion records from the company | 2.9 billion = 2900000000 exact [records]
134 million distinct e-mail addresses | 134 million = 134000000 exact [distinct e-mail addresses]
25 organizations, including | 25 = 25 exact [organizations]
4.2 million current and former federal employees were | 4.2 million = 4200000 exact [current and former federal employees]
fewer than 383 million unique guests | fewer than 383 million = 383000000 at most [unique guests]
20.3 million encrypted passport numbers were | 20.3 million = 20300000 exact [encrypted passport numbers]
140,000 Social Security numbers and 8,000 cards | 140,000 = 140000 exact [Social Security numbers] ; 8,000 = 8000 exact [cards]
Between 800 and 1,500 businesses | Between 800 and 1,500 = 1500 range [businesses]
about 50 to 60 of Acme's direct customers | about 50 to 60 = 60 range [Acme's direct customers]
some 800 stores | some 800 = 800 about [stores]
more than a million systems | more than a million = 1000000 at least [systems]
0.1 percent of its customers | 0.1 percent = % exact [customers]
5.9% | 5.9% = % exact
5-10% of users | 5-10% = % range [users]
11.2 million Optus customers | 11.2 million = 11200000 exact [Optus customers]
9.7 million records containing names | 9.7 million = 9700000 exact [records]
Three members of Congress asked | Three = 3 exact [members of Congress]
2.6bn accounts | 2.6bn = 2600000000 exact [accounts]
1.3m users | 1.3m = 1300000 exact [users]
500k emails | 500k = 500000 exact [emails]
500K emails | 500K = 500000 exact [emails]
half a million customers | half a million = 500000 exact [customers]
a quarter of a million people | a quarter of a million = 250000 exact [people]
dozens of companies | dozens = None at least [companies]
hundreds of thousands of people | hundreds of thousands = None at least [people]
tens of millions of users | tens of millions = None at least [users]
thousands of patients | thousands = None at least [patients]
several hundred servers | several hundred = None at least [servers]
twenty-five hospitals | twenty-five = 25 exact [hospitals]
two hundred and five thousand files | two hundred and five thousand = 205000 exact [files]
a hundred servers | a hundred = 100 exact [servers]
a dozen agencies | a dozen = 12 exact [agencies]
two dozen agencies | two dozen = 24 exact [agencies]
two and a half million users | two and a half million = 2500000 exact [users]
one and a half million users | one and a half million = 1500000 exact [users]
a million and a half users | a million and a half = 1500000 exact [users]
10 to 20 million people | 10 to 20 million = 20000000 range [people]
10–20 million people | 10–20 million = 20000000 range [people]
between 1 and 2 million people | between 1 and 2 million = 2000000 range [people]
from 500 to 600 clients | from 500 to 600 = 600 range [clients]
two or more | two or more = 2 at least
nearly 5,000 patients | nearly 5,000 = 5000 about [patients]
almost 5,000 patients | almost 5,000 = 5000 about [patients]
roughly 5,000 patients | roughly 5,000 = 5000 about [patients]
an estimated 5,000 patients | an estimated 5,000 = 5000 about [patients]
as many as 5,000 patients | as many as 5,000 = 5000 at most [patients]
no more than 5,000 patients | no more than 5,000 = 5000 at most [patients]
at most 5,000 patients | at most 5,000 = 5000 at most [patients]
over 5,000 patients | over 5,000 = 5000 at least [patients]
at least 5,000 patients | at least 5,000 = 5000 at least [patients]
in excess of 5,000 patients | in excess of 5,000 = 5000 at least [patients]
upwards of 5,000 patients | upwards of 5,000 = 5000 at least [patients]
no fewer than 5,000 patients | no fewer than 5,000 = 5000 at least [patients]
more than 2.6 million patients | more than 2.6 million = 2600000 at least [patients]
1,000+ servers | 1,000+ = 1000 at least [servers]
500 or more employees | 500 or more = 500 at least [employees]
30 or so clients | 30 or so = 30 about [clients]
~300 hosts | ~300 = 300 about [hosts]
1 200 000 people | 1 200 000 = 1200000 exact [people]
18 000 people | 18 000 = 18000 exact [people]
1.200.000 people | 1.200.000 = 1200000 exact [people]
$22 million | $22 million = 22000000 exact USD
US$1 million | US$1 million = 1000000 exact USD
about $1.5 billion in assets | about $1.5 billion = 1500000000 about USD
$10 to $20 million | $10 to $20 million = 20000000 range USD
€20m | €20m = 20000000 exact EUR
£5,000 | £5,000 = 5000 exact GBP
A$10 million | A$10 million = 10000000 exact AUD
USD 5 million | USD 5 million = 5000000 exact USD
5 million dollars | 5 million dollars = 5000000 exact USD
500,000 euros | 500,000 euros = 500000 exact EUR
22 bitcoin | 22 bitcoin = 22 exact BTC
nearly half of the organizations | nearly half = % about [organizations]
Almost a third of the affected organizations are | Almost a third = % about [affected organizations]
two-thirds of users | two-thirds = % exact [users]
one in five customers | one in five = % exact [customers]
three out of four users | three out of four = % exact [users]
100 gigabytes of data | 100 = 100 exact [gigabytes of data]
1.5 TB of data | 1.5 = None exact [TB of data]
records of 5 million guests | 5 million = 5000000 exact [guests]
8 million records of 5 million guests | 8 million = 8000000 exact [records] ; 5 million = 5000000 exact [guests]
one company said | one = 1 exact [company]
350 people on July 5 | 350 = 350 exact [people]
2,500 customers' accounts | 2,500 = 2500 exact [customers' accounts]
1.5 million of its customers and employees | 1.5 million = 1500000 exact [customers and employees]
500 names and addresses | 500 = 500 exact [names and addresses]
200 sales records | 200 = 200 exact [sales records]
over 300 companies worldwide | over 300 = 300 at least [companies]
60,000 State Department emails | 60,000 = 60000 exact [State Department emails]
100 compromised accounts | 100 = 100 exact [compromised accounts]
lost 2000+ login accounts | 2000+ = 2000 at least [login accounts]
a total of 700 students | 700 = 700 exact [students]
more than a total of 700 students | more than a total of 700 = 700 at least [students]
the lost laptops (40) | 40 = 40 exact
12 of the banks | 12 = 12 exact [banks]
3,000 PCs and servers were wiped | 3,000 = 3000 exact [PCs and servers]
""".strip().splitlines()

NO_COUNTS = """
CVE-2023-34362 and MS17-010
10.0.0.1 and 192.168.1[.]20
version 2.3 and TLS 1.2.1
Windows 10, Office 365, Server 2016
Figure 3 and Table 12
port 443, Section 5, Article 33
call 555-123-4567 or (800) 555-1212
at 14:30 or 3 p.m. or 10 am
the 21st and 3rd
Item 8.01, Form 10-K, 401(k)
see [5] and [12]
On June 6, 2023 and 5 May 2020 and 6/6/2023
in 2019, since 2014, 2019-2020
two weeks ago, the past six months, Q3 2022
a zero-day and a two-factor login, a 25-year-old
no one, the one, one of the banks, one another
APT28, UNC2452, Storm-0558, 23andMe, 3CX, 1Password
Paige Smith, 33, said
https://example.org/500/users
the two said so
test scores, and tens
1. First point
#42
""".strip().splitlines()


def shown(text: str) -> str:
    out = []
    for m in find_counts(text):
        unit = f"[{m.unit}]" if m.unit else m.currency or ""
        out.append(f"{m.text} = {'%' if m.share else m.value} {m.bound} {unit}".strip())
    return " ; ".join(out)


@pytest.mark.parametrize("case", CASES)
def test_wordings(case: str) -> None:
    text, expected = case.split(" | ")
    assert shown(text) == expected


@pytest.mark.parametrize("text", NO_COUNTS)
def test_no_counts(text: str) -> None:
    assert shown(text) == ""


def test_bounds_as_numbers() -> None:
    found = find_counts("dozens of firms, up to 50 banks, over 60 shops, hundreds of thousands of users, 10 to 20 people")
    assert [(m.low, m.high) for m in found] == [(24, None), (None, 50), (60, None), (200_000, None), (10, 20)]


WORDS = """1 2.5 1,234 10 million billion hundred thousand one two twenty five twenty-five half a of the between and to - – from up to
    more than about at least percent % $ € bitcoin dollars customers records and former users' accounts people dozens hundreds or more +
    several few . , ( ) 1.2.3 2019 May in third quarter zero 00012 99999999999999999999 ²"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map(" ".join)))
def test_properties(text: str) -> None:
    previous = 0
    for m in find_counts(text):
        assert text[m.start : m.end] == m.text and m.text
        assert m.start >= previous
        previous = m.end
        if m.unit is not None:
            assert m.unit_start is not None and m.unit_end is not None
            assert text[m.unit_start : m.unit_end] == m.unit and m.unit_start >= m.end
        if m.low is not None and m.high is not None:
            assert m.low <= m.high
        assert m.bound in ("exact", "about", "at most", "at least", "range")
