"""A recipe checked with what it names: its sources, its tokenizer, the dataset that it continues."""

from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from ixigen_data.core.errors import DedupError, Mistake, RecipeError, ShardError, SourceError, TokenizerError
from ixigen_data.core.marked_yaml import MarkedYaml, dotted
from ixigen_data.core.recipe_file import read_marked, without_mistakes
from ixigen_data.core.settings import Settings
from ixigen_data.dedup.index.against import open_each
from ixigen_data.dedup.index.manifest import KnownIndex
from ixigen_data.recipe import HOW_TO_BEGIN, Recipe, parse_recipe
from ixigen_data.shards.earlier import must_not_hold, open_earlier
from ixigen_data.shards.layout import Layout
from ixigen_data.sources.files import SourceFile, list_files
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import open_tokenizer

_Section = TypeVar("_Section", bound=Settings)


@dataclass(frozen=True)
class Checked:
    """A recipe without a mistake, and what was found on the way."""

    recipe: Recipe
    warnings: list[str]
    files: dict[str, list[SourceFile]]  # by source


def check_recipe(url: str) -> Checked:
    """Check a recipe with what it names, as far as its own mistakes leave that to be seen.

    Raises:
        RecipeError: everything that is wrong.
    """
    marked, recipe, mistakes = read_marked(url, HOW_TO_BEGIN), None, list[Mistake]()
    try:
        recipe = parse_recipe(marked, url)
    except RecipeError as error:
        mistakes += error.mistakes
    named = _Named.of(marked, recipe)
    files = named.list_sources()
    named.open_tokenizer()
    if recipe is not None:
        named.open_earlier(recipe)
        named.fit_windows(recipe)
        named.open_suites(recipe)
    told = {mistake.path for mistake in mistakes}
    mistakes += [mistake for mistake in named.mistakes if mistake.path not in told]
    recipe = without_mistakes(recipe, mistakes, url)
    return Checked(recipe, [*recipe.warnings(), *named.warnings], files)


@dataclass
class _Named:
    """What a recipe names, and the mistakes found there. A section with a mistake of its own names nothing."""

    marked: MarkedYaml
    sources: dict[str, SourceSettings]
    tokenizer: TokenizerSettings | None
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, marked: MarkedYaml, recipe: Recipe | None) -> "_Named":
        if recipe is not None:
            return cls(marked, recipe.sources, recipe.tokenizer)
        raw = marked.value if isinstance(marked.value, dict) else {}
        sources = raw.get("sources")
        read = {name: _valid(SourceSettings, value) for name, value in _items(sources)}
        right = {name: settings for name, settings in read.items() if settings is not None}
        return cls(marked, right, _valid(TokenizerSettings, raw.get("tokenizer")))

    def list_sources(self) -> dict[str, list[SourceFile]]:
        files = {}
        for name, source in self.sources.items():
            try:
                files[name] = list_files(name, source)
            except SourceError as error:
                self._add(("sources", name, "path"), str(error))
        return files

    def open_tokenizer(self) -> None:
        if self.tokenizer is None:
            return
        try:
            ReferenceBackend(open_tokenizer(self.tokenizer))
        except TokenizerError as error:
            key, _, message = str(error).removeprefix("tokenizer.").partition(": ")
            self._add(("tokenizer", key), message)

    def open_earlier(self, recipe: Recipe) -> None:
        against = self._open_indexes(recipe)
        if recipe.continues is None:
            return
        try:
            manifest = open_earlier(recipe.continues)
        except ShardError as error:
            self._add(("continues",), str(error))
            return
        try:
            must_not_hold(manifest, against)
        except ShardError as error:
            self._add(("dedup", "against"), str(error).removeprefix("dedup.against: "))

    def _open_indexes(self, recipe: Recipe) -> list[KnownIndex]:
        languages = [source.language for source in recipe.used_sources().values()]
        found = open_each(recipe.dedup, languages)
        for number, known in enumerate(found):
            if isinstance(known, DedupError):
                self._add(("dedup", "against", number), str(known))
        return [known for known in found if isinstance(known, KnownIndex)]

    def fit_windows(self, recipe: Recipe) -> None:
        try:
            assert Layout(recipe.packing.seq_len, recipe.shards).windows_per_shard, "it raises where none fits"
        except ShardError as error:
            self._add(("shards", "size_limit"), str(error).removeprefix("shards.size_limit: "))

    def open_suites(self, recipe: Recipe) -> None:
        if recipe.dedup.decontaminate is None:
            return
        try:
            self.warnings += recipe.dedup.decontaminate.index().warnings()
        except DedupError as error:
            self._add(("dedup", "decontaminate", "suites"), str(error))

    def _add(self, path: tuple[str | int, ...], message: str) -> None:
        self.mistakes.append(Mistake(dotted(path), message, self.marked.line_of(path)))


def _items(value: JsonValue) -> list[tuple[str, JsonValue]]:
    return list(value.items()) if isinstance(value, dict) else []


def _valid(kind: type[_Section], value: JsonValue) -> _Section | None:
    try:
        return kind.model_validate(value)
    except ValidationError:
        return None
