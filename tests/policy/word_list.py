"""The word list: what a reader from another project would not search for, and what to write."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Pattern, and what to write instead.
FORBIDDEN = {
    r"anew": "again, from scratch, full refresh",
    r"somebody|someone|nobody|whoever|whomever": "the operator, the office, no one, any",
    r"whatever": "any, every",
    r"(?:stand|stands|standing|stood|hold|holds|held) still": "stopped, blocked, lock",
    r"(?:go|goes|going|gone|went) on": "continue, resume",
    r"at once": "immediately",
    r"past (?:its|their) time": "expired",
    r"by (?:itself|themselves)": "automatically",
    r"drinks?": "reads, consumes",
    r"what waits": "backlog",
    r"ways? on": "recovery option",
    r"which of .{1,40} there (?:is|are)": "plain word order",
    r"rooms?": "package, schema, folder",
    r"of (?:our|its|their|your) own accord": "automatically",
    r"plainly": "(leave it out)",
}
DISCOURAGED = {
    r"beside": "compared with, next to, baseline",
    r"held|kept": "stored, existing",
    r"made": "created, generated, computed",
    r"lies?|lying|lay": "is, are",
    r"stands?|standing|stood": "is, are",
    r"tells?|told|telling": "report, log, record",
    r"says?|said|saying": "report, state, name",
    r"comes?|came|coming": "insert, arrive",
    r"go|goes|going|went|gone": "delete, move",
    r"touch|touched|touches|touching": "change",
    r"takes? on|taken on|took on": "acknowledge",
    r"alike|asunder|hence|thereby|therefrom|thereof": "plain words",
    r"truths?": "oracle, expected values",
    r"troubles?|troubled": "issue, problem",
}
# Words of the list in phrases that are plain English.
ALLOWED = r"is made up of|going to|goes to|go to|come from|comes from|coming from"
FORBIDDEN_NAMES = re.compile(r"\b_?(MOST|LARGEST|LONGEST|LEAST|FEWEST|PATIENCE)(_|\b)")
VAGUE_NAMES = _words("""
    found made held told known wanted place whole others done left rest own kept given gone said
    came asked seen taken there here
""")
# Openings of a docstring that are no verb in the imperative.
NOT_VERBS = _words("""
    a an the this that these those what whether how every each all any some no none not which
    where when who whose one two three if of in on to for from it its as at by with without both
    only yes text path row month day dict tuple frame table column line value string words url
    settings rows records columns names files everything nothing true false first last newest
    oldest next same like more most than so because since until while and or but also fixture
    helper wrapper per environment folder pension median why up airflow kafka new version
    identity token income numerator people current raw twice throughput peak lag largest
    personal id frozen old password prefix after healthy major another township metric age plain
    decimal short into random household full employer revision half construction kind whole
    monthly basic course examination their investment fiscal vague further ten somebody nobody
    somewhere
""")
# Nouns, unless a determiner follows: "Set the offset", but "Set of offsets".
NOUNS_OR_VERBS = _words("""
    list set map name number test date time end key code rate program file type share address mean
""")
DETERMINERS = _words("the a an all any each every its their this that these those whether")
VERBS_IN_S = _words("""
    pass process address discuss compress press express access assess guess focus dismiss
""")
VERBS_IN_ED = _words("feed need embed seed speed proceed exceed shed")
VERBS_IN_ING = _words("bring ping")
