"""Title, summary and keywords: whether people can find a dataset, and tell from the list what it is."""

from __future__ import annotations

from catalog.quality.findings import Finding, met, not_met, partly
from datasets.said import said
from datasets.text import LANGUAGES, Bilingual, BilingualList

TITLE_FEWEST, TITLE_MOST = 10, 150
"""Characters of a title that says what it is of and still fits into a list."""
FEWEST, MOST = 50, 5_000
"""Characters of a description that search engines for data take."""
KEYWORDS = 3
"""So many words in each language are enough for a reader who calls the thing otherwise than its title does."""
_VIETNAMESE = frozenset("ăâđêôơưạảãàáặẳẵằắậẩẫầấẹẻẽèéệểễềếịỉĩìíọỏõòóộổỗồốợởỡờớụủũùúựửữừứỵỷỹỳý")


def is_untranslated(text: Bilingual) -> bool:
    """Return whether a text is the same in both languages although it would be called otherwise in one of them.

    A single word without Vietnamese marks can be right in both, as Dengue, HIV and km are, and so are bare numbers.
    """
    vi, en = text.vi.casefold(), text.en.casefold()
    if vi != en or not any(letter.isalpha() for letter in vi):
        return False
    return len(vi.split()) > 1 or bool(_VIETNAMESE & set(vi))


def title_finding(title: Bilingual) -> Finding:
    """A title must differ between the languages, and be neither a word nor a paragraph."""
    if is_untranslated(title):
        reason = said("The title is the same in both languages.")
        return not_met(reason, said("Translate it."), *_both("title"))
    wrong = [each for each in LANGUAGES if not TITLE_FEWEST <= len(title.of(each)) <= TITLE_MOST]
    if wrong:
        reason = said("A title has fewer than %(least)s or more than %(most)s characters.", **_TITLE)
        remedy = said("Say what is counted, by what and of where, in one line.")
        return partly(reason, remedy, *(f"title.{each}" for each in wrong))
    return met(said("The title is in both languages and of fit length."))


def summary_finding(title: Bilingual, summary: Bilingual) -> Finding:
    """A summary must say more than the title, in both languages, and in a length that catalogs take."""
    empty = [each for each in LANGUAGES if summary.of(each).casefold() == title.of(each).casefold()]
    if is_untranslated(summary):
        return not_met(said("The summary is the same in both languages."), said("Translate it."), *_both("summary"))
    wrong = [each for each in LANGUAGES if each in empty or not FEWEST <= len(summary.of(each)) <= MOST]
    if not wrong:
        return met(said("The summary is in both languages and of fit length."))
    reason = said(
        "A summary has fewer than %(least)s or more than %(most)s characters, or repeats the title.",
        least=FEWEST,
        most=MOST,
    )
    remedy = said("Say in one or two sentences what the data tells and what it does not.")
    state = not_met if len(wrong) == len(LANGUAGES) else partly
    return state(reason, remedy, *(f"summary.{each}" for each in wrong))


def keywords_finding(keywords: BilingualList) -> Finding:
    """Some keywords in each language: those that people type who do not know the title."""
    wrong = [each for each in LANGUAGES if len(set(keywords.of(each))) < KEYWORDS]
    if not wrong:
        return met(said("There are keywords in both languages."))
    reason = said("There are fewer than %(least)s keywords in a language.", least=KEYWORDS)
    remedy = said("Name the words that people search by, abbreviations and everyday names among them.")
    state = not_met if not any(keywords.of(each) for each in LANGUAGES) else partly
    return state(reason, remedy, *(f"keywords.{each}" for each in wrong))


_TITLE = {"least": TITLE_FEWEST, "most": TITLE_MOST}


def _both(key: str) -> tuple[str, ...]:
    return tuple(f"{key}.{language}" for language in LANGUAGES)
