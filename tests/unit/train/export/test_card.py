from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCardData

from ixigen_train.export.card import card_header, model_card
from ixigen_train.history.run import load_run
from tests.unit.train.export.trained import Trained, write_trained

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return write_trained(tmp_path_factory.mktemp("card"), tied=True)


def test_the_card_says_what_the_model_was_trained_on(trained: Trained) -> None:
    run = load_run(trained.url)
    assert run.dataset.course is not None
    card = model_card(run)
    planned = dict(zip(run.dataset.course.parts, run.dataset.course.planned(4), strict=True))
    for part, tokens in planned.items():
        assert f"| {part} | " in card
        assert f" | {tokens:,} | " in card
    assert "Consumed tokens of every part are exactly those" in card
    assert f"digest `{run.plan.stretches[0].digest}`: 4 steps from window 0" in card
    assert "| replay/ko | 4.0000 | 3.6000 | 54.60 | 36.60 | −32.97 % |" in card
    assert "1e-5, cosine, down to 1e-6" in card


def test_the_header_is_one_that_the_hub_reads(trained: Trained) -> None:
    card = model_card(load_run(trained.url))
    header = yaml.safe_load(card.split("---\n")[1])
    assert header == card_header(load_run(trained.url))
    assert ModelCardData(**header).to_dict()["pipeline_tag"] == "text-generation"


def test_the_card_tells_no_place_of_the_machine(trained: Trained) -> None:
    assert str(Path(trained.url).parent) not in model_card(load_run(trained.url))


def test_the_card_does_without_its_datasets(trained: Trained, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    copy.mkdir()
    for name in ("recipe.yaml", "metrics.jsonl"):
        (copy / name).write_bytes((Path(trained.url) / name).read_bytes())
    told = (Path(trained.url) / "run.json").read_text(encoding="utf-8")
    (copy / "run.json").write_text(told.replace('/shards"', '/gone"'), encoding="utf-8")
    card = model_card(load_run(str(copy)))
    assert "The datasets were out of reach" in card
    assert "| replay/ko | – | – |" in card
