"""Dates in text: a table of wordings, what is no date, and properties of any text."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.extraction.dates import annotated_dates, date_spans, find_dates

PUBLISHED = date(2023, 11, 20)  # a Monday

# text: each date found as "words = first[..last] [precision] [flags]"; flags: r relative, > open end, < open start, ~ vague
CASES = """
On June 6, 2023 it began | June 6, 2023 = 2023-06-06 day
on 6 June 2023 | 6 June 2023 = 2023-06-06 day
6th of June, 2023 | 6th of June, 2023 = 2023-06-06 day
the 3rd of May | 3rd of May = 2023-05-03 day
June 6th | June 6th = 2023-06-06 day
Jun. 6, 2023 | Jun. 6, 2023 = 2023-06-06 day
Sept. 6, 2023 | Sept. 6, 2023 = 2023-09-06 day
06-Jun-2023 | 06-Jun-2023 = 2023-06-06 day
2008-May-31 | 2008-May-31 = 2008-05-31 day
June 6 2023 | June 6 2023 = 2023-06-06 day
JUNE 6, 2023 | JUNE 6, 2023 = 2023-06-06 day
june 6, 2023 | june 6, 2023 = 2023-06-06 day
January 20,2021 | January 20,2021 = 2021-01-20 day
6/6/2023 | 6/6/2023 = 2023-06-06 day
1/2/2023 | 1/2/2023 = 2023-01-02 day
13/06/2023 | 13/06/2023 = 2023-06-13 day
12/11/2023 | 12/11/2023 = 2023-11-12 day
1/20/21 | 1/20/21 = 2021-01-20 day
03.05.2022 | 03.05.2022 = 2022-05-03 day
2023-06-06 | 2023-06-06 = 2023-06-06 day
2023/06/06 | 2023/06/06 = 2023-06-06 day
2023-06-06T12:28:27Z | 2023-06-06 = 2023-06-06 day
at 14:30 UTC on May 3 | May 3 = 2023-05-03 day
Tue Nov 13 10:12:58 2018 | Tue Nov 13 10:12:58 2018 = 2018-11-13 day
Wednesday, January 27, 2021 | Wednesday, January 27, 2021 = 2021-01-27 day
June 2023 | June 2023 = 2023-06-01..2023-06-30 month
June, 2023 | June, 2023 = 2023-06-01..2023-06-30 month
June of 2023 | June of 2023 = 2023-06-01..2023-06-30 month
2024-01 | 2024-01 = 2024-01-01..2024-01-31 month
in October | October = 2023-10-01..2023-10-31 month
in December | December = 2022-12-01..2022-12-31 month
Our October incident | October = 2023-10-01..2023-10-31 month
the May attack | May = 2023-05-01..2023-05-31 month
in May Microsoft said | May = 2023-05-01..2023-05-31 month
in March and April | March = 2023-03-01..2023-03-31 month ; April = 2023-04-01..2023-04-30 month
in May, June 2017 | May = 2017-05-01..2017-05-31 month ; June 2017 = 2017-06-01..2017-06-30 month
early February | early February = 2023-02-01..2023-02-10 about
mid-May 2022 | mid-May 2022 = 2022-05-11..2022-05-20 about
late May 2022 | late May 2022 = 2022-05-21..2022-05-31 about
mid-to-late May 2022 | mid-to-late May 2022 = 2022-05-11..2022-05-31 about
the end of May 2022 | the end of May 2022 = 2022-05-21..2022-05-31 about
early in 2020 | early in 2020 = 2020-01-01..2020-04-30 about
mid-2020 | mid-2020 = 2020-05-01..2020-08-31 about
late 2019 | late 2019 = 2019-09-01..2019-12-31 about
the beginning of 2019 | the beginning of 2019 = 2019-01-01..2019-04-30 about
first half of 2022 | first half of 2022 = 2022-01-01..2022-06-30 about
second half of 2022 | second half of 2022 = 2022-07-01..2022-12-31 about
H1 2020 | H1 2020 = 2020-01-01..2020-06-30 about
Q3 2022 | Q3 2022 = 2022-07-01..2022-09-30 quarter
2022 Q3 | 2022 Q3 = 2022-07-01..2022-09-30 quarter
the third quarter of 2022 | third quarter of 2022 = 2022-07-01..2022-09-30 quarter
third quarter of fiscal 2022 | third quarter of fiscal 2022 = 2022-07-01..2022-09-30 quarter
fourth quarter of last year | fourth quarter of last year = 2022-10-01..2022-12-31 quarter r
fiscal year 2022 | fiscal year 2022 = 2022-01-01..2022-12-31 year
FY2021 | FY2021 = 2021-01-01..2021-12-31 year
in 2019 attackers stole | 2019 = 2019-01-01..2019-12-31 year
the 2022 compromise | 2022 = 2022-01-01..2022-12-31 year
between 2013 and 2014 | between 2013 and 2014 = 2013-01-01..2014-12-31 range
2019-2020 | 2019-2020 = 2019-01-01..2020-12-31 range
in 2019–20 | 2019–20 = 2019-01-01..2020-12-31 range
the 2010s | 2010s = 2010-01-01..2019-12-31 range
summer of 2021 | summer of 2021 = 2021-06-01..2021-08-31 about
in fall 2022 | fall 2022 = 2022-09-01..2022-11-30 about
winter 2021 | winter 2021 = 2021-12-01..2022-02-28 about
this summer | this summer = 2023-06-01..2023-08-31 about r
last fall | last fall = 2022-09-01..2022-11-30 about r
from mid-May through July 2017 | from mid-May through July 2017 = 2017-05-11..2017-07-31 range
between March and June this year | between March and June this year = 2023-03-01..2023-06-30 range r
between March 12 and July 17 | between March 12 and July 17 = 2023-03-12..2023-07-17 range
between April 14 and April 25, 2022 | between April 14 and April 25, 2022 = 2022-04-14..2022-04-25 range
from Sept. 22, 2020 until Nov. 6, 2020 | from Sept. 22, 2020 until Nov. 6, 2020 = 2020-09-22..2020-11-06 range
from December 20 to January 5, 2021 | from December 20 to January 5, 2021 = 2020-12-20..2021-01-05 range
December 2020 to February | December 2020 to February = 2020-12-01..2021-02-28 range
Sept. 22 - Oct. 12, 2020 | Sept. 22 - Oct. 12, 2020 = 2020-09-22..2020-10-12 range
May 11–12, 2022 | May 11–12, 2022 = 2022-05-11..2022-05-12 range
11-12 May 2022 | 11-12 May 2022 = 2022-05-11..2022-05-12 range
the weekend of 13–14 May 2023 | the weekend of 13–14 May 2023 = 2023-05-13..2023-05-14 range
26 and 31 October | 26 = 2023-10-26 day ; 31 October = 2023-10-31 day
December 21 and 30, 2020 | December 21 = 2020-12-21 day ; 30, 2020 = 2020-12-30 day
from Saturday to Monday | from Saturday to Monday = 2023-11-18..2023-11-20 range r
Monday through Friday | Monday through Friday = 2023-11-13..2023-11-17 range r
from 2019 to present | from 2019 to present = 2019-01-01..2023-11-20 range
between May 2020 and as recently as June 2020 | between May 2020 and as recently as June 2020 = 2020-05-01..2020-06-30 range
since at least May | since at least May = 2023-05-01..2023-05-31 month >
since 2014 | since 2014 = 2014-01-01..2014-12-31 year >
at least since 2007 | at least since 2007 = 2007-01-01..2007-12-31 year >
as early as June 2022 | as early as June 2022 = 2022-06-01..2022-06-30 month >
beginning in July | beginning in July = 2023-07-01..2023-07-31 month >
Beginning on May 15, 2023 | Beginning on May 15, 2023 = 2023-05-15 day >
starting on or around November 25, 2022 | starting on or around November 25, 2022 = 2022-11-25 day >~
exploitation dating back to October 2022 | back to October 2022 = 2022-10-01..2022-10-31 month >
goes back to at least October 10, 2022 | back to at least October 10, 2022 = 2022-10-10 day >
active from May 2020 | from May 2020 = 2020-05-01..2020-05-31 month >
a report from May 2020 | May 2020 = 2020-05-01..2020-05-31 month
from May 2020 on | from May 2020 on = 2020-05-01..2020-05-31 month >
May 2021 onwards | May 2021 onwards = 2021-05-01..2021-05-31 month >
since late 2021 | since late 2021 = 2021-09-01..2021-12-31 about >
since last year | since last year = 2022-01-01..2022-12-31 year r>
until August 15 | until August 15 = 2023-08-15 day <
through July 2017 | through July 2017 = 2017-07-01..2017-07-31 month <
by September 2023 | by September 2023 = 2023-09-01..2023-09-30 month <
no later than 3 October 2023 | no later than 3 October 2023 = 2023-10-03 day <
before 2020 | before 2020 = 2020-01-01..2020-12-31 year <
prior to March 2021 | prior to March 2021 = 2021-03-01..2021-03-31 month <
on or about February 21, 2023 | on or about February 21, 2023 = 2023-02-21 day ~
around May 2022 | around May 2022 = 2022-04-16..2022-06-15 about ~
about 2019 | about 2019 = 2018-07-03..2020-06-30 about ~
on Sunday | Sunday = 2023-11-19 day r
said on Monday | Monday = 2023-11-20 day r
last Monday | last Monday = 2023-11-13 day r
last Thursday | last Thursday = 2023-11-16 day r
next Friday | next Friday = 2023-11-24 day r
on Friday afternoon | Friday = 2023-11-17 day r
yesterday | yesterday = 2023-11-19 day r
today | today = 2023-11-20 day r
tomorrow | tomorrow = 2023-11-21 day r
this week | this week = 2023-11-20..2023-11-26 range r
last week | last week = 2023-11-13..2023-11-19 range r
over the weekend | weekend = 2023-11-18..2023-11-19 range r
last weekend | last weekend = 2023-11-18..2023-11-19 range r
earlier this month | earlier this month = 2023-11-01..2023-11-20 about r
earlier this year | earlier this year = 2023-01-01..2023-11-20 about r
last month | last month = 2023-10-01..2023-10-31 month r
late last month | late last month = 2023-10-21..2023-10-31 about r
this year | this year = 2023-01-01..2023-12-31 year r
last year | last year = 2022-01-01..2022-12-31 year r
late last year | late last year = 2022-09-01..2022-12-31 about r
next month | next month = 2023-12-01..2023-12-31 month r
last quarter | last quarter = 2023-07-01..2023-09-30 quarter r
in the past year | the past year = 2022-11-20..2023-11-20 range r
over the past six months | the past six months = 2023-05-20..2023-11-20 range r
the last two weeks | the last two weeks = 2023-11-06..2023-11-20 range r
late last December | late last December = 2022-12-21..2022-12-31 about r
last November | last November = 2022-11-01..2022-11-30 month r
last October | last October = 2023-10-01..2023-10-31 month r
next January | next January = 2024-01-01..2024-01-31 month r
October last year | October last year = 2022-10-01..2022-10-31 month r
two weeks ago | two weeks ago = 2023-11-06 day r
three days ago | three days ago = 2023-11-17 day r
about three days ago | about three days ago = 2023-11-16..2023-11-18 about r~
six months ago | six months ago = 2023-05-05..2023-06-04 about r
about six months ago | about six months ago = 2023-05-05..2023-06-04 about r~
a few weeks ago | a few weeks ago = 2023-10-16..2023-11-06 about r
two years ago | two years ago = 2021-05-22..2022-05-21 about r
May 3, 2023. The following day | May 3, 2023 = 2023-05-03 day ; The following day = 2023-05-04 day r
May 3, 2023. Two weeks later | May 3, 2023 = 2023-05-03 day ; Two weeks later = 2023-05-17 day r
May 3, 2023. A day later | May 3, 2023 = 2023-05-03 day ; A day later = 2023-05-04 day r
May 3, 2023. Three days before | May 3, 2023 = 2023-05-03 day ; Three days before = 2023-04-30 day r
May 3, 2023. The day before | May 3, 2023 = 2023-05-03 day ; The day before = 2023-05-02 day r
May 3, 2023. The same week | May 3, 2023 = 2023-05-03 day ; The same week = 2023-05-01..2023-05-07 range r
May 3, 2023. The same month | May 3, 2023 = 2023-05-03 day ; The same month = 2023-05-01..2023-05-31 month r
May 3, 2023. In the previous December | May 3, 2023 = 2023-05-03 day ; the previous December = 2022-12-01..2022-12-31 month r
May 3, 2023, traced within a day | May 3, 2023 = 2023-05-03 day ; within a day = 2023-05-03..2023-05-04 range r
two days after May 3, 2023 | two days after May 3, 2023 = 2023-05-05 day r
In January 2019 they came. In March they left | January 2019 = 2019-01-01..2019-01-31 month ; March = 2019-03-01..2019-03-31 month
the first week of June | the first week of June = 2023-06-01..2023-06-07 range
the last week of May 2023 | the last week of May 2023 = 2023-05-25..2023-05-31 range
the week of May 8, 2023 | the week of May 8, 2023 = 2023-05-08..2023-05-14 range
the night of May 3 | the night of May 3 = 2023-05-03 day
on Christmas Eve | Christmas Eve = 2022-12-24 day
will end on January 15 | January 15 = 2023-01-15 day
the deadline is December 1 | December 1 = 2023-12-01 day
"""

NO_DATES = """
It may have been someone else.
The company may 5 times a day be attacked.
They march on; the sun shone; a second time he sat down.
Theresa May said so. April Smith and June Jones agreed.
CVE-2019-1234 and CVE-2021-44228
version 2021 of the product
2019 records were lost
of 2015 customers
by 2000 users
10.0.20.19 and 1.2.2019.5
see https://example.org/2020/01/02/story
call 555-123-2019
Black Friday and Patch Tuesday
a 2048-bit key
decent oct jan
the second half of the game
on a day-to-day basis
30/30/2020
2023-13-45
February 30, 2021
""".strip().splitlines()


def shown(text: str, published: date | None = PUBLISHED) -> str:
    out = []
    for m in find_dates(text, published):
        days = f"{m.first}" if m.first == m.last else f"{m.first}..{m.last}"
        flags = "".join(c for c, f in zip("r><~", (m.relative, m.open_end, m.open_start, m.vague), strict=True) if f)
        out.append(f"{m.text} = {days} {m.precision} {flags}".strip())
    return " ; ".join(out)


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_wordings(case: str) -> None:
    text, expected = case.split(" | ")
    assert shown(text) == expected


@pytest.mark.parametrize("text", NO_DATES)
def test_no_dates(text: str) -> None:
    assert shown(text) == ""


def test_without_publication_relative_dates_are_left_out() -> None:
    assert shown("yesterday, last week, in July, six months ago", None) == ""
    assert shown("On May 3, 2020. In June. A day later", None).count("=") == 3


def test_a_day_first_date_tells_how_to_read_the_others() -> None:
    assert shown("13/06/2023 and 05/06/2023").endswith("05/06/2023 = 2023-06-05 day")


def test_what_was_said_later_is_no_anchor() -> None:
    assert shown("On May 3, 2023 it began, the firm said on Monday. Two days later it ended").endswith("Two days later = 2023-05-05 day r")


def test_annotated_dates() -> None:
    text = "Since mid-2019 and from June to 3 July 2020; Word 2013; yesterday; two weeks ago; on Monday; last month"
    found = [(m.text, m.value) for m in annotated_dates(text, date(2020, 9, 1))]
    expected = [("mid-2019", "2019"), ("June", "2020-06"), ("3 July 2020", "2020-07-03"), ("2013", "2013"), ("last month", "2020-08")]
    assert found == expected


WORDS = """May March 3 31 29 February 2019 2020 1999 , - – to and from between since until at least late mid- early about the last this
    next week month year day days ago later before after Monday Friday weekend Q3 first quarter of half six a few several 12/31/2020
    2020-02-30 . ( ) summer fiscal FY20 same previous following yesterday today within Christmas 9999 0 years decades months century"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map(" ".join)), st.one_of(st.none(), st.dates()))
def test_properties(text: str, published: date | None) -> None:
    previous = 0
    for m in find_dates(text, published):
        assert text[m.start : m.end] == m.text and m.text
        assert m.first <= m.last
        assert m.start >= previous
        previous = m.end
    for a in annotated_dates(text, published):
        assert text[a.start : a.end] == a.text
    assert all(a < b for a, b in date_spans(text))


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("It began on 30 March 2020. They spread for weeks, and in May files were locked.", date(2022, 10, 24), "2020-05-01"),
        ("The owner spoke of it in October 2019. They tried passwords and got through in January.", date(2022, 3, 1), "2020-01-01"),
        ("An intruder came on July 4, 2018, first there in August 2017; he was seen on July 4.", date(2019, 1, 15), "2018-07-04"),
    ],
)
def test_months_of_a_story_follow_the_date_before(text: str, published: date, expected: str) -> None:
    assert find_dates(text, published)[-1].first.isoformat() == expected


def test_the_end_of_a_year_is_its_last_month() -> None:
    found = find_dates("At the end of 2020 it was quiet.", date(2022, 9, 1))
    assert [(d.first.isoformat(), d.last.isoformat()) for d in found] == [("2020-12-01", "2020-12-31")]
