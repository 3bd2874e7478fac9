"""Near-duplicates and contained documents in whole builds, and in those that go on: what stands stays, copies go."""

import json
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from ixigen_data.build import resolve
from ixigen_data.build_plan import BuildOptions
from ixigen_data.core.files import join
from ixigen_data.dedup.near.pair_files import read_pairs
from ixigen_data.engine.completion import read_plan
from ixigen_data.recipe import load_recipe
from ixigen_data.shards.manifest import Manifest
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import build
from tests.tiny import tiny_tokenizer

Recipe = dict[str, object]
Texts = dict[str, str]  # by id
WORD = "은 는 이 가 을 를 도 만 에서 으로".split()


def words(chosen: random.Random, count: int) -> str:
    made = ("".join(chr(chosen.randrange(0xAC00, 0xD7A4)) for _ in range(chosen.randint(2, 3))) for _ in range(count))
    return " ".join(word + chosen.choice(WORD) for word in made)


def edited(text: str, chosen: random.Random, changed: int = 4) -> str:
    """The text with other particles behind some of its words, and without some spaces."""
    found = text.split(" ")
    for place in chosen.sample(range(len(found)), changed):
        found[place] += "요"
    return "".join(word + (" " if chosen.random() < 0.8 else "") for word in found).strip()


@pytest.fixture
def old() -> dict[str, Texts]:
    """Two sources: articles; comments, of which some are copies or parts of articles."""
    chosen = random.Random(11)
    articles = {f"article-{n}": words(chosen, 240) for n in range(24)}
    articles |= {f"excerpt-{n}": words(chosen, 70) for n in range(6)}
    comments = {f"comment-{n}": words(chosen, 90) for n in range(20)}
    comments |= {f"copy-{n}": edited(articles[f"article-{n}"], chosen) for n in range(5)}
    comments |= {f"part-{n}": " ".join(articles[f"article-{n}"].split(" ")[20:130]) for n in range(5, 10)}
    return {"articles": articles, "comments": comments}


@pytest.fixture
def new(old: dict[str, Texts]) -> Texts:
    """A source behind: its own texts, near copies and parts of old ones, books that hold old ones, pages of books."""
    chosen = random.Random(12)
    articles = old["articles"]
    books = [
        " ".join([words(chosen, 60), articles[f"excerpt-{n}"], articles[f"article-{n + 12}"], words(chosen, 200)])
        for n in range(6)
    ]
    texts = {f"own-{n}": words(chosen, 100) for n in range(20)}
    texts |= {f"book-{n}": book for n, book in enumerate(books)}
    texts |= {f"copy-{n}": edited(articles[f"article-{n}"], chosen) for n in range(8)}
    texts |= {f"copy-of-comment-{n}": edited(old["comments"][f"comment-{n}"], chosen) for n in range(8)}
    texts |= {f"part-{n}": " ".join(articles[f"article-{n}"].split(" ")[30:140]) for n in range(10, 14)}
    texts |= {f"page-{n}": " ".join(book.split(" ")[-150:-20]) for n, book in enumerate(books)}
    return texts


def recipe_of(folder: Path, sources: dict[str, Texts], containment: float | None = 0.9, windows: int = 60) -> Recipe:
    """A recipe of sources, each a part of its own."""
    for name, texts in sources.items():
        rows = [json.dumps({"id": key, "text": text}, ensure_ascii=False) for key, text in texts.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(rows))
    return {
        "name": "-".join(sources),
        "tokenizer": {"path": str(tiny_tokenizer(folder)), "eos": "<|endoftext|>"},
        "sources": {name: {"path": str(folder / f"{name}.jsonl"), "id": "id"} for name in sources},
        "dedup": {"near": {} if containment is None else {"containment": containment}},
        "mixture": {
            "total_tokens": 64 * windows,
            "parts": {name: {"weight": 1, "from": [name], "max_epochs": 9} for name in sources},
        },
        "packing": {"seq_len": 64},
    }


def written(folder: Path, name: str, recipe: Recipe) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(recipe, allow_unicode=True, sort_keys=False))
    return path


def served(url: Path, held_out: bool = False) -> set[tuple[str, str]]:
    files = (url / "eval").glob("**/lineage/*.parquet") if held_out else (url / "lineage").glob("*.parquet")
    return {(row["source"], row["document"]) for file in files for row in pq.read_table(file).to_pylist()}


def pieces(url: Path) -> list[tuple[str, str, int, int]]:
    """Every token of a document that a dataset serves: source, document, epoch, token."""
    rows = [row for file in sorted((url / "lineage").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]
    return [
        (row["source"], row["document"], row["epoch"], row["document_token"] + n)
        for row in rows
        for n in range(row["tokens"])
    ]


def of_kinds(found: set[tuple[str, str]], source: str, *kinds: str) -> list[str]:
    return sorted(name for where, name in found if where == source and name.rsplit("-", 1)[0] in kinds)


GONE_OF_COMMENTS = ("copy", "part")
GONE_OF_NEW = ("copy", "copy-of-comment", "part", "page")


def dropped(manifest: Manifest, source: str, stage: str) -> dict[str, int]:
    return dict(manifest.documents[source][stage].dropped)


def test_copies_and_parts_are_dropped(tmp_path: Path, old: dict[str, Texts], new: Texts) -> None:
    recipe = recipe_of(tmp_path, {**old, "new": new}, windows=400)
    manifest = build(written(tmp_path, "all", recipe), tmp_path, "all")
    assert verify(str(tmp_path / "all")).ok
    assert dropped(manifest, "articles", "near") == dropped(manifest, "articles", "contained") == {}
    assert dropped(manifest, "comments", "near") == {"near_duplicate": 5}
    assert dropped(manifest, "comments", "contained") == {"contained": 5}
    assert dropped(manifest, "new", "near") == {"near_duplicate": 16}
    assert dropped(manifest, "new", "contained") == {"contained": 10}
    found = served(tmp_path / "all")
    assert not of_kinds(found, "comments", *GONE_OF_COMMENTS)
    assert not of_kinds(found, "new", *GONE_OF_NEW)
    # The ledger closes through all stages.
    for accounts in manifest.documents.values():
        stages = [accounts[stage] for stage in ("clean", "dedup", "near", "contained", "tokenize")]
        assert all(each.documents_in == each.documents_out + sum(each.dropped.values()) for each in stages)
        assert all(before.documents_out == after.documents_in for before, after in pairwise(stages))


def test_containment_is_asked_for(tmp_path: Path, old: dict[str, Texts]) -> None:
    without = build(written(tmp_path, "without", recipe_of(tmp_path, old, None)), tmp_path, "without")
    assert "contained" not in without.documents["comments"]
    assert not list((tmp_path / "work").rglob("*.sketch.npy"))
    assert dropped(without, "comments", "near") == {"near_duplicate": 5}


@pytest.mark.parametrize("containment", [None, 0.9])
def test_a_generation_drops_copies_of_what_stands(
    tmp_path: Path, old: dict[str, Texts], new: Texts, containment: float | None
) -> None:
    first = recipe_of(tmp_path, old, containment)
    before = build(written(tmp_path, "first", first), tmp_path, "set")
    stood = {file: file.read_bytes() for file in (tmp_path / "set").rglob("*.mds")}
    more = recipe_of(tmp_path, {**old, "new": new}, containment, windows=400)
    after = build(written(tmp_path, "more", more), tmp_path, "set", append=True)
    assert {file: file.read_bytes() for file in stood} == stood
    assert verify(str(tmp_path / "set")).ok
    for source in old:
        for stage in ("dedup", "near", *([] if containment is None else ["contained"])):
            assert after.documents[source][stage] == before.documents[source][stage]
    found = served(tmp_path / "set")
    gone = GONE_OF_NEW if containment is not None else ("copy", "copy-of-comment")
    assert of_kinds(found, "new", "own")
    assert not of_kinds(found, "new", *gone)
    assert dropped(after, "new", "near") == {"near_duplicate": 16}
    assert not of_kinds(found, "comments", "copy")
    both = pieces(tmp_path / "set")
    assert len(set(both)) == len(both)


@pytest.mark.parametrize("at", [0, 7, None])
def test_a_continuation_drops_copies_of_what_was_served(
    tmp_path: Path, old: dict[str, Texts], new: Texts, at: int | None
) -> None:
    first = build(written(tmp_path, "first", recipe_of(tmp_path, old)), tmp_path, "first")
    recipe = recipe_of(tmp_path, {**old, "new": new}, windows=400)
    recipe["continues"] = {"manifest": str(tmp_path / "first"), "digest": first.digest}
    if at is not None:
        recipe["continues"]["at"] = at
    build(written(tmp_path, "second", recipe), tmp_path, "second")
    assert verify(str(tmp_path / "second")).ok
    assert not of_kinds(served(tmp_path / "second"), "new", *GONE_OF_NEW)
    assert of_kinds(served(tmp_path / "second"), "new", "own")
    if at is None:
        both = pieces(tmp_path / "first") + pieces(tmp_path / "second")
        assert len(set(both)) == len(both)


def pairs_in(folder: Path, recipe: Path, name: str) -> list[tuple[tuple[str, int], tuple[str, int]]]:
    """Return the verified pairs of a build, each as source and row twice."""
    plan = resolve(load_recipe(str(recipe)).recipe, BuildOptions(join(str(folder), name), join(str(folder), "work")))
    places = plan.corpus().places()
    assert all(place.stem == "00000-000" for place in places)
    url = plan.folder("near/pairs")
    return [
        ((places[chunk].source, row), (places[later].source, later_row))
        for task in read_plan(url).tasks
        for chunk, row, later, later_row, _ in np.asarray(read_pairs(url, task.index)).tolist()
    ]


@pytest.mark.parametrize("seed", range(3))
def test_no_pair_has_one_side_in_the_hold_out(tmp_path: Path, old: dict[str, Texts], new: Texts, seed: int) -> None:
    """Of a pair that is alike one document at most stays, so it is never half in training and half held out."""
    chosen = random.Random(seed)
    chained = chains(chosen, 10)
    sources = {**old, "new": new, "chains": chained}
    recipe = recipe_of(tmp_path, sources, windows=500)
    recipe["mixture"]["holdout"] = {"tokens": 64 * 60}
    path = written(tmp_path, "held", recipe)
    build(path, tmp_path, "held")
    training, held = served(tmp_path / "held"), served(tmp_path / "held", held_out=True)
    assert held
    assert not training & held
    ids = {name: list(texts) for name, texts in sources.items()}
    pairs = [tuple((source, ids[source][row]) for source, row in pair) for pair in pairs_in(tmp_path, path, "held")]
    assert len(pairs) > 30
    stays = training | held
    assert not [pair for pair in pairs if pair[0] in stays and pair[1] in stays]
    assert {source for source, _ in held} == set(sources)


def chains(chosen: random.Random, count: int) -> Texts:
    """Chains of three documents: the second is like both others, which are less like each other."""
    texts = {}
    for number in range(count):
        pieces = [words(chosen, 22) for _ in range(8)]
        for place, name in enumerate("abc"):
            texts[f"{name}-{number}"] = " ".join(chosen.sample(pieces[place : place + 6], 6))
    return texts


def test_the_order_of_what_is_added_changes_nothing_of_the_old(
    tmp_path: Path, old: dict[str, Texts], new: Texts
) -> None:
    """Whatever comes behind, and in whichever order, the kept documents of the old sources are the same."""
    halves: Sequence[Texts] = (
        {key: text for number, (key, text) in enumerate(new.items()) if number % 2 == half} for half in (0, 1)
    )
    one, other = halves
    kept = []
    for number, sources in enumerate(
        ({**old}, {**old, "x": one, "y": other}, {**old, "y": other, "x": one}, {**old, "x": new})
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        manifest = build(written(folder, "recipe", recipe_of(folder, sources)), folder)
        kept.append({name: manifest.sources[name].kept_digest for name in old})
    assert all(each == kept[0] for each in kept)
