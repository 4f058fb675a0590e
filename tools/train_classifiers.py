"""Train kg/extraction/models/classifiers.json.gz and measure it.

Needs scikit-learn (training only). The sources are files that the caller names; ``models/classifiers.md`` says where they come from:

    python tools/train_classifiers.py --pairs pairs.jsonl.gz --dev vcdb_dev.jsonl.gz --hhs reports.jsonl.gz \
        --attack enterprise-attack.json.gz --kev known_exploited_vulnerabilities.json.gz \
        [--changelogs FOLDER] [--licences FOLDER] [--measure-only]

No text of the file given as ``--dev`` is trained on: records of the same id, the same words, or half of the word runs in common are left
out. Prints cross-validated and held-out figures.
"""

from __future__ import annotations

import argparse
import base64
import collections
import datetime as dt
import gzip
import importlib.metadata
import json
import math
import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from kg.extraction import classifiers as run

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "kg/extraction/models/classifiers.json.gz"
LABELS = {
    "actor": ["external", "internal", "partner"],
    "action": ["error", "hacking", "misuse", "physical", "social", "malware", "environmental"],
    "data": [
        "Personal", "Medical", "Credentials", "Payment", "Bank", "Internal", "Secrets", "Classified", "System", "Source code",
        "Copyrighted",
    ],
}
SEEN_IN = 3  # a term is kept when so many texts have it
TERMS = 20_000  # … and when it is among so many of the greatest weight
COST = 5.0  # LogisticRegression's C
FOLDS = 5
LONG = 150  # thresholds are tuned on texts of so many characters and more: a real account is longer than a coder's note
OWN = 6.0  # how much more a text written for the purpose weighs than a technical one
FEWEST = 4  # a label needs so many examples

# Texts that tell of no incident, written for this purpose: everyday ones, and the neighbours that a security desk reads every day
NOT_INCIDENTS = """
Preheat the oven to 180 degrees. Cream the butter with the sugar until pale, beat in three eggs one at a time, then fold in the flour
and a pinch of salt. Pour the batter into a lined tin and bake for forty minutes, until a skewer comes out clean.

For the soup, soften two onions and a leek in olive oil, add diced potatoes and a litre of stock, and simmer for twenty minutes. Blend
until smooth, season with nutmeg and serve with chives and toasted rye bread.

Soak the chickpeas overnight. The next day drain them, boil until tender and mash with tahini, lemon juice and garlic. The paste keeps
for four days in a closed jar in the refrigerator.

The FTSE closed 0.4 per cent higher on Tuesday as miners gained on firmer copper prices. Sterling slipped against the dollar after
retail sales came in below forecasts, while yields on ten-year gilts were little changed.

Shares of the chip maker rose 6 percent after the company lifted its outlook for the full year. Analysts at two banks raised their price
targets, citing demand from data centers and a healthier order book in automotive.

Quarterly revenue grew 12% to $4.1 billion, driven by subscriptions. Operating margin improved to 23%. The board declared a dividend of
35 cents a share, payable on March 14 to holders of record on February 28.

Wheat futures fell for a third session on forecasts of rain across the Black Sea region. Corn was steady; soybeans gained slightly on
export sales to Asia reported by the department of agriculture.

We are hiring a security operations analyst for our team in Denver. You will triage alerts, tune detections and write runbooks. Two
years of experience with a SIEM, working knowledge of Windows logs and a calm manner on the phone are required. We offer remote work two
days a week.

Senior penetration tester wanted. You plan and carry out tests of web applications and networks for our customers, write reports that
developers can use and present findings to management. Certification such as OSCP is a plus. Salary between 70,000 and 90,000 euros.

The hospital seeks a registered nurse for its cardiology ward. Candidates hold a state licence, have experience with patient records
systems and are willing to work night shifts. Benefits include a pension plan and child care on site.

Data protection officer, part time. The university is looking for a lawyer who advises the faculties on privacy law, keeps the register
of processing activities and trains staff. Applications with a curriculum vitae until 30 September.

The new endpoint suite stops ransomware before it can encrypt a single file. Behavioural analysis, a local firewall and one-click
rollback protect laptops and servers alike. Try it free for 30 days; no credit card needed.

Our password manager keeps all your logins in one encrypted vault. Fill in forms with a click, share passwords safely with your family
and get a warning when a site you use reports a breach. Available for iOS, Android, Windows and macOS.

This hardware key protects your accounts against phishing. Plug it into a USB-C port or hold it to the back of your phone, touch the
button and you are signed in. It needs no battery and withstands water and dust.

The platform gives hospitals a single view of every connected medical device. Dashboards show which infusion pumps need updates, and
policies keep guests away from clinical networks. Request a demo to see how it protects patient data.

Our cyber insurance covers the cost of forensic experts, legal advice, notification of customers and lost income after an attack.
Premiums depend on turnover, number of records and the safeguards in place. Ask your broker for a quote.

Version 4.2.1 fixes a crash when opening very large spreadsheets, restores the missing toolbar on high-resolution screens and improves
the speed of search. The update is installed automatically at the next restart.

Security update: this release fixes an out-of-bounds write in the image decoder and a cross-site scripting flaw in the comment form. We
thank the reporters. Users are advised to upgrade; we know of no exploitation.

Patch Tuesday brings fixes for 79 flaws this month, seven of them rated critical. Administrators should give priority to the remote code
execution bug in the print service and to the two privilege escalation bugs in the kernel. None of them was publicly known before.

The vulnerability allows an unauthenticated remote attacker to execute arbitrary code through a crafted request to the management
interface. Versions before 9.3.2 are affected. Upgrade to a fixed release or restrict access to the interface.

A stack overflow in the parser of the library may let an attacker cause a denial of service with a specially crafted file. A fix is
available in the development branch. As a workaround, limit the size of files that are accepted from strangers.

Use a long passphrase that you use nowhere else, turn on two-factor authentication and be careful with links in mails that press you to
hurry. Back up your files every week, and keep one copy offline where ransomware cannot reach it.

How to recognise phishing: check the sender's address, hover over links before you click, and never type your password on a page that
you reached from a mail. When in doubt, call the company on the number printed on your card.

Five steps to prepare for a data breach: name a response team, keep a list of contacts at regulators and insurers, practise with a
tabletop exercise, decide in advance who speaks to the press, and know where personal data are stored.

Guidance for schools: keep an inventory of laptops and tablets, encrypt every disk, remove accounts of staff who leave on their last
day, and do not let pupils use teachers' computers. A checklist is attached.

Small firms often believe that hackers are not interested in them. Criminals look for easy targets, though, and automated scans find
every open port. This article explains how to set up a firewall, update routers and train employees without a large budget.

What is ransomware? It is malicious software that encrypts files and demands payment for the key. It usually arrives by mail or through
remote access with weak passwords. Victims are advised not to pay, since there is no guarantee that the files come back.

If your payment card is lost or stolen, call the number on our website at once. We block the card and send a new one within five working
days. You are not liable for payments made after your call.

Our privacy policy explains which personal data we collect when you visit the shop, for which purposes we process them, with whom we
share them and how long we keep them. You have the right to access, correction and erasure. Write to the data protection officer with
questions.

We process your name, address, date of birth and payment details in order to carry out the contract with you. Data are stored on servers
within the European Union and deleted ten years after the end of the contract, as tax law requires.

Notice of privacy practices: this notice describes how medical information about you may be used and disclosed and how you can get
access to this information. We may use health information to treat you, to bill for services and to run our organization.

Article 33 obliges a controller to notify the supervisory authority of a personal data breach within 72 hours of becoming aware of it,
unless the breach is unlikely to result in a risk to the rights and freedoms of natural persons. Where the notification is late, reasons
must be given.

The bill would require operators of critical infrastructure to report significant cyber incidents to the agency within three days and
ransom payments within one. A committee will hold a hearing next month; industry groups want a longer period.

The commission published a draft regulation on the security of connected products. Manufacturers would have to provide updates for five
years and to report vulnerabilities that are actively exploited. Comments are open until the end of the year.

The ministry presented its national cyber security strategy. It foresees a new training centre, more money for research and closer
cooperation with neighbouring states. Parliament debates the budget in autumn.

Our annual survey asked 1,200 security managers about their plans. Sixty-one percent expect higher budgets, and almost half want to
reduce the number of vendors. Phishing remains the most frequent worry, ahead of ransomware and insiders.

The report analyses trends of the past five years. Attacks that begin with stolen credentials have become more frequent, those with
malware less so. Health care and retail remain the sectors with most breaches; the median time to discovery has fallen.

The average cost of a data breach rose again, a study by a research institute finds. Companies with a tested response plan pay less. The
authors interviewed several hundred firms in sixteen countries and regions.

In this tutorial we build a small web scraper in Python. First create a virtual environment and install the requests package. Then write
a function that fetches a page, parses the table and writes the rows to a CSV file.

To configure single sign-on, open the administration console, choose Identity and add a new provider. Paste the metadata address, map
the attributes for mail and name, and test with a single user before you enable it for everyone.

To restore a database from a backup, stop the service, copy the dump to the server and run the restore command as the owner of the
database. Check the log for errors and start the service again. The procedure takes about an hour for 50 GB.

The function returns a list of matching rows. It raises ValueError if the pattern is empty and KeyError if a column does not exist.
Times are in UTC; an empty argument means no limit.

The striker scored twice in the second half as the home side came from behind to win 3-2. The coach praised the patience of his players.
They travel to the league leaders next Saturday without their injured captain.

She broke the national record over 400 metres at the meeting on Sunday, finishing in 49.8 seconds. Rain delayed the pole vault by two
hours. The world championships begin in three weeks.

The goalkeeper stole the show with four saves in the penalty shoot-out. Fans attacked the referee's decision on social media, but the
club's president defended it as correct. The final takes place in Madrid.

Tomorrow will be mostly cloudy with showers moving in from the west. Highs between 12 and 15 degrees, with a fresh wind along the coast.
On Thursday it clears up, and temperatures climb to 20 degrees in the south.

A low over the North Sea brings gales and heavy rain to the islands on Friday night. Ferry passengers should expect delays. Snow is
possible above 800 metres by Saturday morning.

The city council approved a new bicycle lane along the river. Work begins in April and will cost 2.3 million. Residents had asked for
wider pavements and more trees; both are part of the plan.

The museum reopens on Saturday after two years of renovation. Visitors can see manuscripts, early printing presses and a replica of a
cipher machine. Admission is free in the first week.

The novel follows a young hacker who breaks into the computers of a bank and finds that her father once worked for it. The author takes
time for the characters; the chase through Lisbon is the best part. It appears in paperback in May.

In the film, a gang steals a casino's vault codes and the detective who hunts them turns out to be one of them. The acting is fine, the
dialogue is flat. In cinemas from Thursday.

Our village library lends books, games and tools. Opening hours are Monday to Friday from ten to six. Bring an identity card and proof
of address to register; membership costs nothing for children.

The spring conference on information security takes place in Vienna from 4 to 6 May. The programme committee invites talks on incident
response, threat intelligence and secure development. Proposals of two pages can be sent until the end of January.

Join our webinar on Thursday to learn how banks detect account takeover and payment fraud with machine learning. The speakers answer
questions at the end. A recording is sent to everyone who registers.

The company agreed to buy a maker of identity software for $900 million in cash. The deal, which needs approval by regulators, adds 400
employees and is expected to close in the second quarter. Shares of the buyer fell 2 percent.

The start-up raised 25 million in a funding round led by two venture firms. It sells software that finds secrets in source code, and
wants to open an office in Singapore. Among its customers are banks and airlines.

The bank named a new chief information security officer. She comes from a telecommunications firm, where she led a team of eighty, and
holds a doctorate in cryptography. Her predecessor retires after twelve years.

The hospital opened a new wing with forty beds. The minister cut the ribbon and thanked donors. Patients move in from Monday; the old
building will be turned into offices and a school for nurses.

Red team exercise, rules of engagement: testing is limited to the addresses in the annex, between 20:00 and 06:00. No data are to be
copied, and denial of service is forbidden. Findings go to the head of IT only. The client may stop the exercise at any time.

Tabletop scenario: imagine that a ransom note appears on the screens of the finance department on a Friday afternoon. Who is called
first? Which systems are switched off? Discuss in groups of five and note the open questions.

The researchers presented a new method to detect malicious documents. They trained a model on two million samples and reached a false
positive rate of 0.1 percent. Code and data are available on request.

Researchers demonstrated at a conference how keys could be read from a chip by measuring its power use. The attack needs physical access
and expensive equipment. The manufacturer says that newer chips have protection against it.

Public-key cryptography was developed in the 1970s. Each user has a pair of keys, one of which is public. Messages encrypted with the
public key can be read only by the owner of the private one. Most web traffic today relies on it.

The course introduces students to malware analysis. Topics are file formats, debugging, unpacking and network protocols. Prerequisites
are operating systems and assembly language. The grade is based on four assignments and a final project.

Scheduled maintenance: our online services will be unavailable on Sunday between 02:00 and 05:00 while we replace storage. No action is
needed. We apologise for any inconvenience and thank you for your patience.

The outage of the mobile network on Monday was caused by a cable that was cut during road works, the operator said. Service was restored
after three hours. Customers get a credit on their next bill.

The train operator extends its summer timetable. Two more trains run each hour between the airport and the main station, and bicycles
can be taken along outside rush hours. Tickets are sold online from the first of June.

The terms of use apply to every visitor of this site. You may not copy content without permission, send unsolicited messages or try to
gain unauthorised access to accounts of others. We may close accounts that break these rules.

Employees must lock their screens when leaving the desk, must not share passwords and must report lost devices to the help desk at once.
Breaking this policy may lead to disciplinary action, up to dismissal.

All paper with patient information goes into the locked bins for shredding. Do not leave files in cars, do not send records to private
mail addresses, and ask for identification before you hand out results.

The garden centre has roses, hydrangeas and fruit trees on offer this weekend. Our staff advise you on soil and pruning. Buy three pots
and get the cheapest one free.

The phone has a 6.1-inch screen, two cameras and a battery that lasts all day. It unlocks with your face or fingerprint, gets seven
years of security updates and comes in four colours.

The router supports the newest wireless standard, has four gigabit ports and a guest network. Set it up in minutes with the app.
Automatic firmware updates keep it secure.

Penguins breed on the island between November and March. Each pair raises one chick. The colony has grown to 30,000 birds since fishing
was restricted, biologists of the institute counted.

The theft of the painting in 1911 made it the most famous picture in the world. Books about the case fill shelves. The exhibition tells
the history of the portrait from its beginnings to the present day.

Our threat intelligence feed delivers indicators every hour in STIX and CSV. Each entry has a confidence, a first and last sighting and
the related family. Connectors exist for all common platforms; prices start at 400 a month.

The group of companies publishes its sustainability report. Emissions fell by a tenth, half of the electricity comes from wind.
Suppliers are audited every two years. The next report appears in spring.

A firewall rule consists of a source, a destination, a service and an action. Rules are read from top to bottom, and the first that fits
is applied. Put the most specific ones first and end with a rule that denies everything.

Questions and answers about online banking. Is it safe? Yes, if you keep your PIN secret. What do I do when I forget it? Order a new one
in the app. How do I stop a payment? Call us before 4 p.m. on the same day.

The union and the airline reached an agreement on pay late on Friday, a spokesman said. Flights resume on Monday. Customers who were
affected by the strike may ask for their money back within thirty days.

Police in the northern town are looking for witnesses of a road accident on Saturday evening. A van hit a cyclist near the station; the
driver stopped and called an ambulance. The woman is recovering in hospital.

A man was sentenced to four years in prison for burning down a barn. The court found that he acted out of anger about a neighbour. His
lawyer said he would appeal.

The company reported that 2,300 employees will move to its new headquarters in Austin next summer. The mayor said the city expects more
jobs and higher tax revenue. Details will be announced in the fall.

The department of health informed residents that flu vaccines are available at all clinics from October. People over 65 and patients
with chronic disease receive the vaccine free of charge. Appointments can be made by phone or online.

The regulator fined two supermarkets for selling fruit with wrong labels of origin. The chains said they had trained their staff and
changed suppliers. Consumers may return the goods.

Hundreds of customers waited outside the shop when the new console went on sale. The retailer said it had sold its whole stock within a
day and expects another delivery before the holidays.

The recall affects about 40,000 cars built between March 2019 and May 2020. A hose may leak and cause a loss of power. Owners will be
notified by letter, and dealers replace the part at no cost.

The election commission published the final result: turnout was 61 percent, and the governing party lost nine seats. Talks about a
coalition begin this week, its leader told reporters.

The university announced that Professor Lind will lead the faculty of medicine. She has studied heart disease for twenty years and has
published more than a hundred papers.

A fire in a warehouse destroyed furniture worth two million. Nobody was hurt. Investigators believe that an old heater caused the fire,
the brigade said on Tuesday.

The investigation into the collapse of the bridge found that rust had weakened two cables. The ministry said that all bridges of the
same type were inspected and that three were closed for repair.

Prosecutors charged the former mayor with taking bribes from a builder. He denies the charge. The trial begins in September before the
regional court.

The charity collected 1.2 million for families who lost their homes in the flood. Volunteers distributed clothes and food; the county
opened a school as a shelter.

A court ruled that the phone maker must pay $120 million for infringing two patents of a rival. The company said it was disappointed and
would appeal against the verdict.

The bank raised its interest rate for savings to 3 percent and lowered fees for accounts of students. Customers need not do anything;
the new conditions apply from the first of the month.

The social network introduces short videos for all users. Creators get a share of the revenue. The firm said that more than 300 million
people have tried the feature in a test.

The search company changes how it shows news in Europe. Publishers may choose how much of an article appears. The change follows a law
that took effect in June.

The national bank kept rates unchanged. Its governor told lawmakers that inflation would fall to two percent next year, and that the
labour market remains strong.

The cloud provider opens three data centers in Sweden. They run on renewable electricity and go into service in 2027. Government
agencies and banks are among the first customers.

The agency released a free tool that checks the settings of cloud accounts. Administrators run it with read-only rights and receive a
report with recommendations. Source code is on the usual platform.

The software company said it would stop supporting version 8 of its server at the end of the year. Customers should plan the move to
version 10; extended security updates can be bought for three years.

The mail service now marks messages from unknown senders with a yellow banner. The company said that the change helps employees to
notice fraud. It can be turned off by the administrator.

The school district bought 4,000 laptops for its pupils. Each has a filter for web pages and can be located when lost. Parents sign a
form and pay a deposit of 25 dollars.

The insurer offers its members an app with which they can see bills, choose a doctor and send questions. Registration needs the member
number and a code that comes by post.

The new law gives patients a right to a copy of their medical records within fifteen days. Doctors may charge for paper copies.
Associations of physicians welcomed the law.

The army held a cyber defence exercise with teams from twelve nations. Participants had to keep an invented power company running while
the organisers played the attackers. The team from Finland won.

An expert of the institute told the committee that elections need paper ballots. Voting machines should not be connected to the
internet, she said, and audits must be done after every vote.

Columnist: why I stopped using social media. I deleted my accounts in January, and I have read more books since. My friends call me now,
and I know fewer strangers' opinions.

Ask the doctor: how much sleep do I need? Most adults need between seven and nine hours. Go to bed at the same time, avoid screens and
coffee in the evening and keep the bedroom cool.

Apartment for rent, two rooms, 54 square metres, third floor with lift, near the park. Pets allowed. Viewing on Thursday after 5 p.m.;
please bring proof of income.

Used car, first registered 2017, 82,000 km, petrol, new tyres, one owner. Small scratch on the left door. Price 8,900 or best offer.
Call in the evening.

Minutes of the meeting: the treasurer presented the accounts, which were approved. The chair reported on the repair of the roof. The
next meeting takes place on 12 June in the church hall.

Dear customers, our shop stays closed on Easter Monday. From Tuesday we are here for you again as usual. Orders that are placed online
before noon are shipped the same day.

The patient is a 54-year-old man with chest pain for two days. Blood pressure 150 over 90, no fever. He was admitted, given aspirin and
discharged after three days in good condition.

Lecture notes, week 3: a hash function maps inputs of any length to outputs of fixed length. A good one is easy to compute, hard to
invert, and makes it hard to find two inputs with the same output.

Frequently used ports: 22 for SSH, 53 for DNS, 80 and 443 for the web, 3389 for remote desktop. Services that are not needed should be
stopped, and access from the internet should be limited.

A worm is a program that copies itself from computer to computer, whereas a virus needs a host file. A trojan pretends to be useful.
Modern malware often mixes these kinds.

The honeypot project collects samples of malware on servers that look like old cameras. Students analyse what arrives. The results are
discussed every month, and anyone may join the mailing list.

Bug bounty rules: report flaws through the form, do not access data of other people, do not run denial of service tests. Rewards range
from 100 to 10,000 dollars, depending on severity.

The audit checked whether the agency encrypts its laptops, revokes accounts in time and tests its backups. It recommends a central
inventory and yearly training. Management agreed with all recommendations.

The credit bureau lets people freeze their files for free. A freeze keeps others from opening an account in your name. You can lift it
for a day with a PIN when you apply for a loan.

Identity theft: what to do. Keep copies of letters, ask the credit bureaus for a fraud alert, file a report with the police and change
the passwords of your mail and your bank. Check statements every month.

Travellers should keep copies of passports apart from the originals, use the hotel's safe and avoid open wireless networks. The embassy
helps when documents are lost. Emergency numbers are on the back.

Members of the board are elected for three years. They may be removed by a vote of two thirds. The board meets at least four times a
year and keeps minutes, which every member may read.

The satellite was launched on Sunday from French Guiana and reached its orbit forty minutes later. It measures sea levels and ice for at
least seven years, the space agency said.
"""

# … and sentences that do tell of one, of the kinds that the coded summaries, most of them older, have seldom
INCIDENTS = """
Ransomware hit the hospital's network on Friday night, and surgeries had to be postponed.
The attackers encrypted servers and demanded 40 bitcoin for the key; the city refused to pay.
A ransomware gang added the manufacturer to its leak site and published 200 GB of internal files.
The school board confirmed that it was the victim of a ransomware attack and that classes are cancelled until systems are restored.
Production at four plants stopped after malware spread through the company's network.
A distributed denial-of-service attack knocked the ministry's website offline for six hours.
Hacktivists claimed responsibility for defacing the pages of three newspapers.
A wiper destroyed the hard disks of thousands of computers at the oil company.
Attackers inserted malicious code into an update of the accounting software, which was delivered to its customers.
The intruders used stolen credentials of a contractor to enter the network and stayed there for five months.
The exchange said that hackers drained $60 million in tokens from its hot wallets.
An attacker tricked an employee into transferring 2 million euros to an account abroad.
A phishing mail gave criminals access to the mailboxes of eleven employees.
A hacker is selling a database with 8 million accounts of the dating site on a forum.
The group exploited a flaw in the file transfer software and took data of hundreds of organizations.
State-sponsored hackers read the mail of senior executives for several weeks, the company disclosed in a filing.
The misconfigured storage bucket exposed passport scans of 50,000 travellers to anyone on the internet.
A former engineer copied source code to a private drive before he joined a competitor.
Malware on the tills of the restaurant chain collected card numbers between March and June.
The water utility switched to manual operation after someone changed the settings of a pump remotely.
The telecom operator said that call records of nearly all its customers were downloaded illegally.
The casino operator shut down systems after detecting unauthorized activity; slot machines went dark.
The attack cut the power of 200,000 households for several hours.
The law firm learned that an unauthorized third party had accessed its network and acquired files with client data.
The vendor's breach affected the data of our members, including names and policy numbers.
The intrusion was discovered when administrators saw unusual traffic to a server in another country.
An unknown person gained access to the support system and viewed files that customers had uploaded.
The company notified regulators of the cyberattack and hired outside experts to investigate.
We recently discovered that an unauthorized party obtained personal information of some of our customers.
The gang says it stole contracts and payroll records, and threatens to release them unless it is paid.
Source code of the game was leaked after intruders entered the chat of the developers.
Hackers took over the social media accounts of celebrities and posted messages that promoted a fraud.
The agency attributed the espionage campaign against two embassies to a group from that country.
The airline's booking page was altered so that card details of buyers were sent to the attackers.
Emails of the campaign's chairman were stolen and published in the weeks before the election.
Thieves stole a server with membership records from the office of the party.
An employee lost a USB stick with the salary data of all teachers.
The clinic's billing company posted patients' invoices on a public website by mistake.
The bank discovered that a clerk had sold customers' data to a gang of fraudsters.
The internet provider's routers were wiped by a botnet, and hundreds of thousands were without a connection.
Officials say that spies were inside the network of the defence supplier for two years.
An attacker gained access to the mail of two employees.
The credentials were used to log in to cloud accounts of customers that had no second factor.
The worm spread to computers in more than 100 countries within a day.
"""


def rows(path: Path) -> list[dict]:
    """The records of a gzipped file with one JSON object a line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def runs(text: str) -> set[tuple[str, ...]]:
    """Runs of eight words."""
    words = re.findall(r"\w+", text.lower())
    return set(zip(*(words[i:] for i in range(8)), strict=False))


def without(pairs: list[dict], dev: list[dict]) -> list[dict]:
    """Records that share neither id nor text with the development set."""
    ids = {d["doc_id"].split("-", 1)[1].lower() for d in dev}
    same = {" ".join(d["text"].split()) for d in dev}
    shared = set().union(*(runs(d["text"]) for d in dev))
    kept = []
    for pair in pairs:
        r = runs(pair["text"])
        if pair["id"].lower() in ids or " ".join(pair["text"].split()) in same or (r and len(r & shared) > len(r) / 2):
            continue
        kept.append(pair)
    return kept


def labels(pair: dict, family: str) -> list[str]:
    """The coder's labels of a record."""
    key = pair["key"]
    given = {d["variety"] for d in key.get("data", [])} if family == "data" else set(key.get(family, {}))
    return [label for label in LABELS[family] if label in given]


def gold(doc: dict, family: str) -> list[str]:
    """The labels of a development document."""
    return [label for label in doc["expected"]["incidents"][0].get("veris", {}).get(family, []) if label in LABELS[family]]


def negatives(options: argparse.Namespace) -> list[tuple[str, str]]:
    """(source, text) of texts without an incident."""
    found = [("own", " ".join(t.split())) for t in NOT_INCIDENTS.strip().split("\n\n")]
    found += [("own sentence", t[a:b]) for _, t in found[:] for a, b in run.sentence_spans(t) if b - a > 40]
    bundle = json.loads(gzip.decompress(options.attack.read_bytes()))
    plain = lambda t: re.sub(r"\(Citation:[^)]*\)|\[([^\]]*)\]\([^)]*\)|</?code>", r"\1", t)  # noqa: E731
    techniques = [o for o in bundle["objects"] if o["type"] in ("attack-pattern", "course-of-action") and o.get("description")]
    found += [("attack", plain(o["description"])[: 300 + 700 * (i % 3)]) for i, o in enumerate(techniques[::3])]
    kev = json.loads(gzip.decompress(options.kev.read_bytes()))["vulnerabilities"]
    found += [("kev", f"{v['vulnerabilityName']}. {v['shortDescription']} {v['requiredAction']}") for v in kev[::5]]
    for dist in sorted(importlib.metadata.distributions(), key=lambda d: str(d.metadata["Name"]).lower()):
        body = (dist.metadata.get("Description") or dist.metadata.get_payload() or "").strip()
        if len(body) > 200:
            found.append(("package", str(dist.metadata["Summary"]) + ". " + body[:1500]))
    for name in sorted(sys.stdlib_module_names):
        if name.startswith("_") or name in ("this", "antigravity", "idlelib", "turtledemo"):
            continue
        try:
            doc = __import__(name).__doc__ or ""
        except Exception:
            continue
        if len(doc) > 80:
            found.append(("python", doc[:1500]))
    for path in sorted(options.changelogs.glob("*/changelog.Debian.gz"))[:150] if options.changelogs else ():
        found.append(("changelog", gzip.decompress(path.read_bytes()).decode("utf-8", "replace")[:1200]))
    for path in sorted(options.licences.glob("*")) if options.licences else ():
        body = path.read_text("utf-8", "replace")
        found += [("licence", body[i : i + 1500]) for i in range(0, min(len(body), 9000), 3000)]
    return found


def own_reports() -> list[str]:
    """The texts of the bundled reports, and the sentences in them that a claim quotes."""
    texts: list[str] = []
    for path in sorted((ROOT / "data/reports").rglob("*.yaml")):
        report = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        if text := report.get("text"):
            quotes = re.findall(r'evidence: "([^"]+)"', path.read_text("utf-8"))
            texts += [text, *(text[a:b] for a, b in run.sentence_spans(text) if any(q in text[a:b] for q in quotes))]
    return texts


class Space:
    """Texts as rows of tf-idf over the terms that ``kg.extraction.classifiers`` sees: the same arithmetic as at run time."""

    def __init__(self, texts: list[str]) -> None:
        seen: collections.Counter[str] = collections.Counter()
        for text in texts:
            seen.update({t for t, _ in run.terms(text)})
        self.n, self.seen = len(texts), seen
        self.keep(sorted(t for t, n in seen.items() if n >= SEEN_IN))

    def keep(self, terms: list[str]) -> None:
        """Reduce the space to these terms."""
        self.terms = terms
        self.index = {t: i for i, t in enumerate(terms)}
        self.idf = np.array([round(1000 * (math.log((1 + self.n) / (1 + self.seen[t])) + 1)) / 1000 for t in terms])

    def matrix(self, texts: list[str]) -> sparse.csr_matrix:
        """A row for each text, of length 1."""
        data, columns, starts = [], [], [0]
        for text in texts:
            tf = collections.Counter(self.index[t] for t, _ in run.terms(text) if t in self.index)
            values = {i: (1 + math.log(n)) * self.idf[i] for i, n in tf.items()}
            length = math.sqrt(sum(v * v for v in values.values())) or 1.0
            data += [v / length for v in values.values()]
            columns += list(values)
            starts.append(len(data))
        return sparse.csr_matrix((data, columns, starts), shape=(len(texts), len(self.terms)))


def groups(texts: list[str]) -> list[int]:
    """The same number for texts that begin alike, so that near copies fall into one fold."""
    seen: dict[str, int] = {}
    return [seen.setdefault(" ".join(re.findall(r"[a-z]+", t.lower())[:12]), len(seen)) for t in texts]


def fit(x: sparse.csr_matrix, y: np.ndarray, weight: np.ndarray | None = None) -> LogisticRegression:
    """A logistic regression."""
    return LogisticRegression(C=COST, solver="liblinear", random_state=0).fit(x, y, sample_weight=weight)


def crossed(x: sparse.csr_matrix, y: np.ndarray, group: list[int], weight: np.ndarray | None = None) -> np.ndarray:
    """Margins of every row and label by models that have not seen the row."""
    out = np.full(y.shape, -6.0)
    for train, test in GroupKFold(FOLDS).split(x, y, group):
        for j in range(y.shape[1]):
            if y[train, j].sum() >= FEWEST:
                w = None if weight is None else weight[train]
                out[test, j] = fit(x[train], y[train, j], w).decision_function(x[test])
    return out


def platt(margins: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> list[float]:
    """Slope and shift that make probabilities of margins."""
    if y.sum() < 20:
        return [1.0, 0.0]
    model = LogisticRegression(C=1e3).fit(margins.reshape(-1, 1), y, sample_weight=weight)
    return [round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)]


def sigmoid(x: np.ndarray) -> np.ndarray:
    """The logistic function."""
    return 1 / (1 + np.exp(-x))


def chosen(p: np.ndarray, thresholds: list[float], floor: float) -> np.ndarray:
    """Decisions as at run time."""
    out = np.zeros(p.shape, bool)
    for i, row in enumerate(p.tolist()):
        out[i, run.choose(row, thresholds, floor)] = True
    return out


def f1(y: np.ndarray, d: np.ndarray) -> float:
    """Micro-averaged F1."""
    return float(2 * (y & d).sum() / max(1, y.sum() + d.sum()))


def tuned(p: np.ndarray, y: np.ndarray) -> tuple[list[float], float]:
    """Thresholds, and the floor of the nearest label, that give the best micro F1."""
    def decided(t: np.ndarray) -> np.ndarray:
        d = p >= t
        none = np.flatnonzero(~d.any(1))
        d[none, (p[none] / t).argmax(1)] = True
        return d

    t = np.full(p.shape[1], 0.5)
    for _ in range(3):
        for j in range(len(t)):
            if y[:, j].sum() < 10:
                continue
            grid = np.arange(0.15, 0.8, 0.02)
            values = [f1(y, decided(np.concatenate([t[:j], [g], t[j + 1 :]]))) for g in grid]
            smooth = np.convolve(np.pad(values, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")
            t[j] = grid[smooth.argmax()]
    return [round(float(v), 2) for v in t], 0.3


def calibration(p: np.ndarray, y: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: the mean gap of probability and frequency over ten bins."""
    at = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[at == b].mean() - y[at == b].mean()) * (at == b).mean() for b in range(bins) if (at == b).any()))


def packed_rows(coefficients: np.ndarray) -> tuple[str, list[float]]:
    """Weights as bytes, a row for each term, and the scale of each label."""
    scale = np.abs(coefficients).max(0) / 127
    scale[scale == 0] = 1
    return base64.b64encode(np.round(coefficients / scale).astype(np.int8).tobytes()).decode(), [float(f"{s:.6g}") for s in scale]


def country_model(space: Space, pairs: list[dict]) -> dict:
    """A model that ranks the countries of a text: signs that all countries share, words for the frequent ones."""
    kept = [p for p in pairs if (p["key"].get("victim_country") or ["Unknown"])[0] != "Unknown"]
    texts = [p["text"] for p in kept]
    truth = [p["key"]["victim_country"][0] for p in kept]
    count = collections.Counter(truth)
    frequent = [c for c, n in count.most_common() if n >= 12]
    x = space.matrix(texts)
    names = [f"bias@{c}" for c in frequent] + ["share", "first", "only", "early", "others", "hint"]
    column = {n: i for i, n in enumerate(names)}
    worded = [c for c in frequent if count[c] >= 20]
    block = {c: len(names) + k * x.shape[1] for k, c in enumerate(worded)}
    data, columns, starts, y, doc = [], [], [0], [], []
    cases = [run.place_terms(t, run.places(t)) for t in texts]
    candidates = []
    for i, signs_of in enumerate(cases):
        for code, signs in signs_of.items():
            for name, value in [*signs.items(), *([(f"bias@{code}", 1.0)] if code in frequent else [])]:
                data.append(value), columns.append(column[name])
            if code in block:
                row = x[i]
                data += row.data.tolist()
                columns += (row.indices + block[code]).tolist()
            starts.append(len(data))
            y.append(code == truth[i])
            doc.append(i)
            candidates.append(code)
    m = sparse.csr_matrix((data, columns, starts), shape=(len(y), len(names) + len(worded) * x.shape[1]))
    y, doc = np.array(y), np.array(doc)
    fold = np.array(groups(texts))[doc]
    margins = np.zeros(len(y))
    for train, test in GroupKFold(3).split(m, y, fold):
        margins[test] = LogisticRegression(C=3, solver="liblinear").fit(m[train], y[train]).decision_function(m[test])
    bounds = np.flatnonzero(np.r_[True, np.diff(doc) > 0, True])

    def judged(sharpness: float) -> tuple[np.ndarray, np.ndarray]:
        tops, right = [], []
        for a, b in pairwise(bounds):
            e = np.exp(sharpness * (margins[a:b] - margins[a:b].max()))
            k = e.argmax()
            tops.append(e[k] / e.sum()), right.append(bool(y[a + k]))
        return np.array(tops), np.array(right)

    sharpness = min(np.arange(0.5, 1.6, 0.05), key=lambda s: calibration(*judged(s)))
    tops, right = judged(sharpness)
    threshold = max(np.arange(0.3, 0.7, 0.02), key=lambda t: 2 * right[tops >= t].sum() / ((tops >= t).sum() + len(right)))
    error = calibration(tops, right)
    print(f"country: cross-validated accuracy {right.mean():.3f}, calibration error {error:.3f}, threshold {threshold:.2f}")
    model = LogisticRegression(C=3, solver="liblinear").fit(m, y)
    weights = model.coef_[0]
    words = {}
    for code, at in block.items():
        w = weights[at : at + x.shape[1]]
        strongest = [k for k in np.argsort(-np.abs(w))[:2500] if abs(w[k]) > 0.08]
        words[code] = {str(k): round(float(w[k]), 2) for k in sorted(strongest)}
    base = float(model.intercept_[0])
    bias = {c: round(base + float(weights[column[f"bias@{c}"]]), 3) for c in frequent} | {"*": round(base, 3)}
    signs = {n: round(float(weights[column[n]]), 3) for n in names if "@" not in n}
    return {"bias": bias, "signs": signs, "words": words, "sharpness": round(float(sharpness), 2), "threshold": round(float(threshold), 2)}


def train(options: argparse.Namespace) -> None:
    """Train, print cross-validated figures and write the file."""
    dev = rows(options.dev)
    pairs = without(rows(options.pairs), dev)
    hhs = rows(options.hhs)
    texts = [p["text"] for p in pairs]
    no = negatives(options)
    parents = {t[a:b]: i for i, (s, t) in enumerate(no) if s == "own" for a, b in run.sentence_spans(t)}
    bundled, own = own_reports(), INCIDENTS.strip().split("\n")
    notices = [h["text"] for h in hhs[::4]]
    opening = [n[a:b] for n in notices[::2] for a, b in run.sentence_spans(n)[:1]]
    tell = texts + notices + opening + bundled + own
    print(f"{len(pairs)} coded summaries, {len(notices)} notices, {len(bundled)} texts and sentences of bundled reports,")
    print(f"{len(own)} own sentences, {len(no)} without incident {dict(collections.Counter(s for s, _ in no))}")
    other = [t for _, t in no]
    space = Space([*tell, *other])
    # terms are kept by their greatest weight in any first model
    first = space.matrix(texts)
    force = np.zeros(len(space.terms))
    problems = {}
    for family in LABELS:
        kept = [i for i, p in enumerate(pairs) if labels(p, family)]
        y = np.array([[label in labels(pairs[i], family) for label in LABELS[family]] for i in kept])
        has = [j for j in range(y.shape[1]) if y[:, j].sum() >= FEWEST]
        problems[family] = (kept, [LABELS[family][j] for j in has], y[:, has])
        for j in has:
            force = np.maximum(force, np.abs(fit(first[kept], y[:, j]).coef_[0]) * np.sqrt(min(1, y[:, j].mean() * 20)))
    x = space.matrix([*tell, *other])
    y = np.array([[True]] * len(tell) + [[False]] * len(other))
    force = np.maximum(force, np.abs(fit(x, y[:, 0]).coef_[0]) * 0.7)
    # sentences stay with the text that they are from
    group = groups(tell)
    last = max(group) + 1
    group += [last + (i if s != "own sentence" else parents[t]) for i, (s, t) in enumerate(no)]
    space.keep(sorted(space.terms[i] for i in np.argsort(-force)[:TERMS]))
    packed: dict = {"version": options.version, "terms": "\n".join(space.terms), "families": {}}
    packed["idf"] = [round(1000 * v) for v in space.idf]
    x = space.matrix(texts)
    for family, (kept, names, y) in problems.items():
        long = np.array([len(texts[i]) >= LONG for i in kept])
        margins = crossed(x[kept], y, groups([texts[i] for i in kept]))
        scale = [platt(margins[:, j], y[:, j]) for j in range(y.shape[1])]
        p = sigmoid(np.array([a for a, _ in scale]) * margins + np.array([c for _, c in scale]))
        thresholds, floor = tuned(p[long], y[long])
        d = chosen(p[long], thresholds, floor)
        print(f"{family}: cross-validated micro F1 {f1(y[long], d):.3f}, calibration error {calibration(p.ravel(), y.ravel()):.3f}; "
              + ", ".join(f"{n} {f1(y[long][:, j], d[:, j]):.2f} ({y[:, j].sum()})" for j, n in enumerate(names)))
        models = [fit(x[kept], y[:, j]) for j in range(y.shape[1])]
        packed["families"][family] = family_of(names, thresholds, floor, models, scale)
    x = space.matrix([*tell, *other])
    y = np.array([[True]] * len(tell) + [[False]] * len(other))
    heavy_yes = [1.0] * (len(tell) - len(bundled) - len(own)) + [2.0] * len(bundled) + [OWN] * len(own)
    heavy = np.array(heavy_yes + [{"own": OWN, "own sentence": OWN / 4}.get(s, 1.0) for s, _ in no])
    weight = heavy * np.where(y[:, 0], heavy[~y[:, 0]].sum() / heavy[y[:, 0]].sum(), 1.0)
    margins = crossed(x, y, group, weight)
    scale = [platt(margins[:, 0], y[:, 0], weight)]
    p = sigmoid(scale[0][0] * margins[:, 0] + scale[0][1])
    right = ((p >= 0.5) == y[:, 0]).mean()
    print(f"incident: cross-validated accuracy at 0.5 {right:.4f}, calibration error {calibration(p, y[:, 0]):.3f}")
    ends = np.cumsum([0, len(texts), len(notices), len(opening), len(bundled), len(own)])
    for source, (a, b) in zip(("summaries", "notices", "opening", "bundled", "own sentences"), pairwise(ends), strict=True):
        print(f"   missed: {source} {(p[a:b] < 0.5).sum()} of {b - a}")
    for source in sorted({s for s, _ in no}):
        at = len(tell) + np.array([i for i, (s, _) in enumerate(no) if s == source])
        print(f"   taken for an incident: {source} {(p[at] >= 0.5).sum()} of {len(at)}")
    packed["families"]["incident"] = family_of(["incident"], [0.5], 1.0, [fit(x, y[:, 0], weight)], scale)
    packed["country"] = country_model(space, pairs)
    TARGET.write_bytes(gzip.compress(json.dumps(packed, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0))
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB, {len(space.terms)} terms")


def family_of(names: list[str], thresholds: list[float], floor: float, models: list[LogisticRegression], scale: list[list[float]]) -> dict:
    """A family as the file has it."""
    weights, scales = packed_rows(np.column_stack([m.coef_[0] for m in models]))
    bias = [round(float(m.intercept_[0]), 4) for m in models]
    return {"labels": names, "thresholds": thresholds, "floor": floor, "bias": bias, "scale": scales, "platt": scale, "weights": weights}


def figures(right: int, given: int, wanted: int) -> str:
    """Precision, recall and F1 in words."""
    return f"precision {right / given:.3f}, recall {right / wanted:.3f}, F1 {2 * right / (given + wanted):.3f}"


def measure(options: argparse.Namespace) -> None:
    """Print the figures of the written file on the development set, by the counting of its scorer: micro F1 over all scored texts."""
    model = run.Classifiers.bundled()
    dev = rows(options.dev)
    for family, judge in (("actor", model.veris_actors), ("action", model.veris_actions), ("data", model.veris_data)):
        right = given = wanted = 0
        chances, truths = [], []
        for doc in dev:
            if f"veris.{family}" in doc["scored"]:
                told = {j.value for j in judge(doc["text"])}
                expected = set(gold(doc, family))
                right, given, wanted = right + len(told & expected), given + len(told), wanted + len(expected)
                part = model._families[family]
                chances += part.probabilities(model._read(doc["text"]))
                truths += [label in expected for label in part.labels]
        error = calibration(np.array(chances), np.array(truths))
        print(f"held out, {family}: {figures(right, given, wanted)}, calibration error {error:.3f}")
    right = given = wanted = 0
    tops, hits = [], []
    for doc in dev:
        expected = doc["expected"]["incidents"][0]["victims"][0].get("country")
        if "victim.country" in doc["scored"] and expected:
            told = model.country(doc["text"])
            wanted += 1
            if told:
                given += 1
                right += told.value == expected
                tops.append(told.probability), hits.append(told.value == expected)
    error = calibration(np.array(tops), np.array(hits))
    print(f"held out, country: {figures(right, given, wanted)}, calibration error {error:.3f}")
    print(f"held out, incident: {sum(model.incident(d['text']) >= 0.5 for d in dev)} of {len(dev)} taken for one")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("pairs", "dev", "hhs", "attack", "kev"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--changelogs", type=Path, help="folder of package documentation, a folder each, with changelog.Debian.gz")
    parser.add_argument("--licences", type=Path, help="folder of licence texts")
    parser.add_argument("--version", default=dt.date.today().isoformat())
    parser.add_argument("--measure-only", action="store_true")
    options = parser.parse_args()
    if not options.measure_only:
        train(options)
    measure(options)


if __name__ == "__main__":
    main()
