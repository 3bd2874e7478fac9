import pytest

from ixigen_data.report.license_terms import demands, terms_of


@pytest.mark.parametrize(
    ("name", "commercial", "changes", "attribution", "share_alike"),
    [
        ("CC0-1.0", "yes", "yes", "no", "no"),
        ("Apache-2.0", "yes", "yes", "yes", "no"),
        ("BSD-3-Clause", "yes", "yes", "yes", "no"),
        ("PSF-2.0", "yes", "yes", "yes", "no"),
        ("ODC-By-1.0", "yes", "yes", "yes", "no"),
        ("CC-BY-SA-3.0", "yes", "yes", "yes", "yes"),
        ("CC-BY-2.0-KR", "yes", "yes", "yes", "no"),
        ("cc-by-nc-nd-4.0", "no", "no", "yes", "no"),
        ("GPL-3.0-or-later", "yes", "yes", "yes", "yes"),
        ("KOGL-1", "yes", "yes", "yes", "no"),
        ("KOGL Type 2", "no", "yes", "yes", "no"),
        ("공공누리 제4유형", "no", "no", "yes", "no"),
        ("internal", "unknown", "unknown", "unknown", "unknown"),
        ("CC-BY", "unknown", "unknown", "unknown", "unknown"),
        (None, "unknown", "unknown", "unknown", "unknown"),
    ],
)
def test_terms(name: str | None, commercial: str, changes: str, attribution: str, share_alike: str) -> None:
    terms = terms_of(name)
    assert (terms.commercial, terms.changes, terms.attribution, terms.share_alike) == (
        commercial,
        changes,
        attribution,
        share_alike,
    )


def test_the_gravest_demand_comes_first() -> None:
    licenses = {"a": "CC-BY-SA-4.0", "b": None, "c": "CC-BY-NC-4.0", "d": "house rules", "e": "CC0-1.0"}
    found = [(demand.what, demand.sources, demand.grave) for demand in demands(licenses)]
    assert found == [
        ("No licence given", ("b",), True),
        ("Not known here, to be read", ("d",), True),
        ("Not for commercial use", ("c",), True),
        ("To be shared under the same licence", ("a",), False),
        ("To be attributed", ("a", "c"), False),
    ]
    assert demands({"e": "CC0-1.0"}) == []
