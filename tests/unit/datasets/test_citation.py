"""How a release is cited: with its source and licence, and with its version wherever that is known."""

from __future__ import annotations

from typing import get_args

import pytest

from datasets.citation import LICENCE_NAMES, Citation
from datasets.definition import Licence
from datasets.release import ReleaseDescription
from datasets.text import Bilingual
from tests.support.releases import DemoStore, make_demo_store


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("store"))


def described(demo: DemoStore, dataset: str = "notifiable-diseases", **changes: object) -> ReleaseDescription:
    return demo.releases.latest(dataset).description.model_copy(update=changes)


def test_a_release_is_cited_with_everything_that_is_known(demo: DemoStore) -> None:
    cited = Citation(described(demo), 2, "2025")
    assert cited.text("vi", url="https://x/1") == (
        "Bộ Y tế (2025). Bệnh truyền nhiễm phải báo cáo, kỳ 2024, phiên bản 2 [tập dữ liệu]. Nguồn: Cục Phòng bệnh."
        " Giấy phép CC BY 4.0. https://x/1"
    )
    assert cited.credit("en") == "Ministry of Health, from Department of Disease Prevention"


def test_a_licence_that_the_source_ends_with_is_not_named_again(demo: DemoStore) -> None:
    source = Bilingual(vi="OpenDengue. CC BY 4.0", en="OpenDengue. CC BY 4.0")
    assert (
        Citation(described(demo, attribution=source), 1, "2025").text("en").endswith("Source: OpenDengue. CC BY 4.0.")
    )


def test_a_package_that_is_not_published_yet_says_where_its_version_stands(demo: DemoStore) -> None:
    text = Citation(described(demo)).text("en")
    assert text.startswith("Ministry of Health. Notifiable diseases, edition 2024, version as in ytemo-release.json")
    assert text.endswith("Licence CC BY 4.0.")


def test_the_publishers_own_data_has_no_other_source(demo: DemoStore) -> None:
    cited = Citation(described(demo, attribution=None), 1, "2025")
    assert "Source" not in cited.text("en")
    assert cited.credit("vi") == "Bộ Y tế"


def test_a_citation_of_made_up_data_says_that_it_is(demo: DemoStore) -> None:
    cited = Citation(described(demo, synthetic=True), 1, "2025")
    assert "[synthetic dataset]" in cited.text("en")
    assert "[tập dữ liệu giả lập]" in cited.of_dataset("vi", url="https://x")


def test_every_licence_has_a_name() -> None:
    assert set(LICENCE_NAMES) == set(get_args(Licence))
