"""Datasets as resources, which a reader can put before a model by hand, and a prompt that asks for a quoted figure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from mcp_types import (
    GetPromptResult,
    ListResourcesResult,
    Prompt,
    PromptArgument,
    PromptMessage,
    Resource,
    ResourceTemplate,
    TextContent,
)

from datasets.errors import DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed
from portal.public.mcp.arguments import DescribeArguments
from portal.public.mcp.describing import describe
from portal.public.mcp.sources import Sources
from portal.query.model import MAX_VALUE_LENGTH

JSON = "application/json"
DATASET = "ytemo://datasets/{dataset}"
RELEASE = "ytemo://datasets/{dataset}/releases/{release}"
PAGE_SIZE = 100
PROMPT = "quote-figure"

_URI = re.compile(r"ytemo://datasets/([A-Za-z0-9-]{1,200})(?:/releases/([A-Za-z0-9.-]{1,100}))?")
_TEMPLATE_TITLE = "Mô tả tập dữ liệu - Description of a dataset"
_QUESTION = "%(question)s"
_ASKED = {
    "vi": "Trả lời câu hỏi dưới đây bằng số liệu của cổng dữ liệu mở y tế: tìm bằng search, xem bảng và mã bằng"
    " describe, lấy số bằng query. Nêu con số kèm đơn vị, kỳ số liệu và trích dẫn (citation) nguyên văn. Ô không công"
    " bố không phải số 0: nói là không công bố. Không đoán, không tự cộng. Nếu không có số liệu, nói là không có.\n\n"
    + _QUESTION,
    "en": "Answer the question below with data of the open health data portal: find datasets with search, see tables"
    " and codes with describe, get numbers with query. Give the number with its unit, its period and the citation word"
    " for word. A withheld cell is not zero: say that it is withheld. Do not guess, and add nothing up. Where there is"
    " no such data, say so.\n\n" + _QUESTION,
}

TEMPLATES = (
    ResourceTemplate(
        name="dataset", title=_TEMPLATE_TITLE, uri_template=DATASET, mime_type=JSON, description="Its newest release."
    ),
    ResourceTemplate(
        name="release",
        title=_TEMPLATE_TITLE,
        uri_template=RELEASE,
        mime_type=JSON,
        description="One release, such as 2024.1; it never changes.",
    ),
)
PROMPTS = (
    Prompt(
        name=PROMPT,
        title="Trích một con số kèm nguồn - Quote a figure with its source",
        description="Answers a question with a published number and its citation.",
        arguments=[
            PromptArgument(name="question", description="What you want to know.", required=True),
            PromptArgument(name="lang", description="vi or en; Vietnamese where it is left out."),
        ],
    ),
)


def list_datasets(sources: Sources, after: str) -> ListResourcesResult:
    """List the datasets by name, from the one behind ``after``; one that is withdrawn meanwhile is left out."""
    left = [name for name in sources.releases.datasets() if name > after]
    found = []
    for name in left[:PAGE_SIZE]:
        with suppress(DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed):
            found.append(_resource(sources, name))
    following = left[PAGE_SIZE - 1] if len(left) > PAGE_SIZE else None
    return ListResourcesResult(resources=found, next_cursor=following)


def read_dataset(sources: Sources, uri: str) -> str:
    """Return the description that ``uri`` names as JSON; raise what finding it raises, or DatasetNotFound."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise DatasetNotFound("No resource has this address")
    return describe(sources, DescribeArguments(dataset=match[1], release=match[2] or "latest")).model_dump_json()


def quote_figure(given: Mapping[str, str]) -> GetPromptResult:
    """Return the prompt that asks ``question`` of the tools; raises ValueError where there is none."""
    question, lang = given.get("question", "").strip(), given.get("lang", "vi")
    if not 0 < len(question) <= MAX_VALUE_LENGTH:
        raise ValueError(f"question: must be given, in at most {MAX_VALUE_LENGTH} characters")
    text = _ASKED["en" if lang == "en" else "vi"] % {"question": question}
    return GetPromptResult(messages=[PromptMessage(role="user", content=TextContent(type="text", text=text))])


def _resource(sources: Sources, name: str) -> Resource:
    about = sources.releases.latest(name).description
    return Resource(
        uri=DATASET.format(dataset=name),
        name=name,
        title=f"{about.title.vi} - {about.title.en}",
        description=about.summary.en,
        mime_type=JSON,
    )
