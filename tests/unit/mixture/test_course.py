from fractions import Fraction

from pydantic import TypeAdapter

from ixigen_data.mixture.course import Course, WrittenNode
from ixigen_data.mixture.curves import Curve, StageSettings

TREE = [
    WrittenNode("", -1, Fraction(1)),
    WrittenNode("telco", 0, Fraction(50)),
    WrittenNode("replay", 0, Fraction(50)),
    WrittenNode("replay/ko", 2, Fraction(61)),
    WrittenNode("replay/en", 2, Fraction(39)),
]
STAGES = [
    StageSettings(name="first", weight=1, weights={"replay/ko": 7}),
    StageSettings(name="second", weight=2.5),
    StageSettings(name="third", weight=0.5, weights={"replay/ko": 0.1, "replay": 0}),
]
ANNEAL: Curve = TypeAdapter(Curve).validate_python({"kind": "anneal", "from": 40, "to": 60, "start": 0.5})


def weights(course: Course, place: int, *positions: str) -> list[Fraction]:
    return [course.weight(place, Fraction(position)) for position in positions]


def test_stages_replace_what_is_written() -> None:
    course = Course(TREE, {}, STAGES)
    assert course.stage_stops == [Fraction(1, 4), Fraction(7, 8), 1]
    assert weights(course, 3, "0.1", "0.5", "0.9") == [7, 61, Fraction(1, 10)]
    assert weights(course, 2, "0.1", "0.5", "0.9") == [50, 50, 0]
    assert weights(course, 4, "0.1", "0.5", "0.9") == [39, 39, 39]
    assert [course.changing(place) for place in range(5)] == [False, False, True, True, False]
    assert not course.moves(Fraction(0), Fraction(1, 4))
    assert list(course.faults()) == []


def test_a_schedule_stands_for_the_whole_dataset() -> None:
    course = Course(TREE, {"telco": ANNEAL}, STAGES)
    assert weights(course, 1, "0.1", "0.49", "0.75") == [40, 40, 50]
    assert course.borders() == [0, Fraction(1, 4), Fraction(1, 2), Fraction(7, 8), 1]
    assert not course.moves(Fraction(1, 4), Fraction(1, 2))
    assert course.moves(Fraction(7, 8), Fraction(1))


def test_without_stages_there_is_one_stretch() -> None:
    course = Course(TREE, {}, ())
    assert course.stage_stops == []
    assert course.borders() == [0, 1]
    assert weights(course, 1, "0.3") == [50]
