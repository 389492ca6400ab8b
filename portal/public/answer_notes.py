"""What the sheet of notes in a workbook says of an answer: where it comes from, how to cite it, what its signs mean."""

from __future__ import annotations

from collections.abc import Iterator

from datasets.breaks import BREAK, broken_series
from datasets.cell_status import STATUS_MEANINGS
from datasets.public_releases import PublicRelease
from datasets.text import Bilingual
from portal.public.cited import cite
from portal.public.json_stat_about import MADE_UP
from portal.public.told_breaks import breaks_asked
from portal.query.answer import Answer


def answer_notes(release: PublicRelease, answer: Answer, address: str) -> Iterator[tuple[str, Bilingual]]:
    """Yield headings and texts about ``answer``; ``address`` asks the same of the same release again."""
    about = release.description
    if about.synthetic:
        yield "!", MADE_UP
    yield (
        "Bộ dữ liệu - Dataset",
        Bilingual(vi=f"{about.title.vi}, bản {release.name}", en=f"{about.title.en}, release {release.name}"),
    )
    yield "Cơ quan công bố - Publisher", about.publisher.name
    if about.attribution:
        yield "Nguồn - Source", about.attribution
    cited = cite(release)
    yield "Trích dẫn - Citation", Bilingual(vi=cited.text("vi", url=address), en=cited.text("en", url=address))
    yield "Địa chỉ - Address", Bilingual(vi=address, en=address)
    yield "Số dòng - Rows", _rows(answer)
    for one in breaks_asked(release, answer):
        yield f"{BREAK.vi} - {BREAK.en}", broken_series(one)
    for status, meaning in STATUS_MEANINGS.items() if answer.plan.uses else ():
        yield f"Trạng thái - Status: {status}", meaning.label


def _rows(answer: Answer) -> Bilingual:
    if not answer.truncated:
        return Bilingual(vi=f"{answer.returned}, đầy đủ", en=f"{answer.returned}, complete")
    return Bilingual(
        vi=f"{answer.returned} trong tổng số {answer.total}: CHƯA ĐẦY ĐỦ",
        en=f"{answer.returned} of {answer.total}: NOT COMPLETE",
    )
