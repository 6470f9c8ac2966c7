"""Divergences by version: which apply to installed versions, and the message if none was measured."""

import pytest

from specs.divergences import Divergence
from specs.errors import SpecError
from specs.versions import in_force, not_measured


def divergence(versions, answer="no", law="access.count"):
    return Divergence(law, answer, "by design", "It is.", "https://example.org", versions)


OLD, NEW = divergence("frame>=1.3,<2", "old"), divergence("frame==2.*", "new")


@pytest.mark.parametrize(
    ("version", "answer"), [("1.3", "old"), ("1.9.1", "old"), ("2.0.4", "new"), ("2.13.0+cpu", "new")]
)
def test_a_divergence_is_demanded_of_its_versions_alone(version, answer):
    assert in_force([OLD, NEW], {"frame": version})["access.count"].answer == answer


@pytest.mark.parametrize("version", ["1.2", "3.0"])
def test_nothing_is_demanded_where_nothing_was_measured_and_that_is_said(version):
    assert in_force([OLD, NEW], {"frame": version}) == {}
    (told,) = not_measured([OLD, NEW], {"frame": version})
    assert f"frame {version}" in told
    assert "<2,>=1.3; ==2.*" in told


def test_a_version_that_some_divergence_was_measured_on_is_known():
    assert not_measured([OLD, NEW], {"frame": "1.5"}) == []


def test_another_package_is_no_version_of_this_one():
    assert in_force([OLD], {"numpy": "1.5"}) == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("frame>=1,<3", "frame==2.*"),
        ("frame==1.5", "frame>=1.4"),
        ("frame<2", "frame<=1"),
        ("frame>1", "frame>2"),
        ("frame>=1", "Frame>=2"),
        ("frame<1", "frame<0.5"),
        ("frame<=1", "frame<0.5"),
        ("frame!=3", "frame<0.5"),
        ("frame>=1.2,<2", "frame>1.4,!=1.4.0.1,<1.6"),
    ],
)
def test_two_divergences_of_one_law_may_not_overlap(first, second):
    with pytest.raises(SpecError, match=r"access\.count: frame.* overlap at"):
        in_force([divergence(first, "a"), divergence(second, "b")], {"frame": "9"})


def test_a_package_is_known_by_any_spelling_of_its_name():
    assert in_force([divergence("Big-Frame==2.*")], {"big_frame": "2.1"})
    assert not_measured([divergence("Big-Frame==2.*")], {"big_frame": "2.1"}) == []
    assert len(not_measured([divergence("Big-Frame==2.*")], {"big_frame": "3.1"})) == 1


@pytest.mark.parametrize("versions", ["frame", "frame 1.0", "", "frame==", "frame[x]==1"])
def test_a_requirement_that_is_not_valid_is_named(versions):
    with pytest.raises(SpecError, match=r"divergence from access\.count, versions"):
        in_force([divergence(versions)], {"frame": "1.0"})
