"""The recipe: one YAML file that says all that decides bytes. Each room owns its settings; this composes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints, ValidationError

from ixigen_data.clean.settings import DEFAULT_RULES, AnyRule
from ixigen_data.core.errors import Mistake, RecipeError
from ixigen_data.core.files import is_local, local_path, read_bytes
from ixigen_data.core.marked_yaml import MarkedYaml, dotted, load_marked
from ixigen_data.core.mistakes import mistakes_of
from ixigen_data.core.settings import Settings
from ixigen_data.dedup.settings import DedupSettings
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.targets import branches
from ixigen_data.packing.settings import PackingSettings
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.tokens.settings import TokenizerSettings

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class LicenseSettings(Settings):
    """Which licences may enter; a source of any other is a mistake in the recipe."""

    allow: tuple[str, ...] = Field(min_length=1, examples=[["CC-BY-4.0", "internal"]])


class Recipe(Settings):
    """Everything that decides the bytes of a dataset."""

    name: Name = Field(examples=["telco-50"])
    seed: int = Field(default=0, ge=0, description="Seeds the order of documents.")
    tokenizer: TokenizerSettings = Field(examples=[{"path": "Qwen/Qwen2.5-3B", "eos": "<|endoftext|>"}])
    sources: dict[Name, SourceSettings] = Field(min_length=1, examples=[{"wiki": {"path": "wiki/*.parquet"}}])
    clean: tuple[AnyRule, ...] = DEFAULT_RULES
    keep_dropped: bool = Field(
        default=False, description="Keep dropped documents, with their reasons, in the work folder."
    )
    dedup: DedupSettings = DedupSettings()
    licenses: LicenseSettings | None = None
    mixture: MixtureSettings = Field(
        examples=[{"total_tokens": 1_048_576, "parts": {"ko": {"weight": 1, "from": ["wiki"]}}}]
    )
    packing: PackingSettings = Field(examples=[{"seq_len": 4096}])
    shards: ShardSettings = ShardSettings()

    def used_sources(self) -> dict[str, SourceSettings]:
        """Return the sources that feed a part, in recipe order: the order is their priority when copies are removed."""
        used = {name for branch in branches(self.mixture) if branch.settings for name in branch.settings.from_ or ()}
        return {name: source for name, source in self.sources.items() if name in used}

    def warnings(self) -> list[str]:
        """Return what is allowed but looks unintended."""
        idle = [name for name in self.sources if name not in self.used_sources()]
        return [f"sources.{name}: feeds no part of the mixture; it will not be read" for name in idle]


@dataclass(frozen=True)
class LoadedRecipe:
    """A recipe with what is needed to point at its lines."""

    recipe: Recipe
    file: str
    marked: MarkedYaml

    def mistake(self, path: tuple[str | int, ...], message: str) -> Mistake:
        """Return a mistake at a path of the recipe, with its line."""
        return Mistake(dotted(path), message, self.marked.line_of(path))


def load_recipe(url: str) -> LoadedRecipe:
    """Read and check a recipe.

    Raises:
        RecipeError: everything that is wrong with it, with file, line and path.
    """
    try:
        text = read_bytes(url).decode("utf-8-sig")
    except FileNotFoundError:
        where = local_path(url).absolute() if is_local(url) else url
        raise RecipeError(
            [Mistake("", f"no such recipe (looked for {where}); `ixigen-data init DIR` writes one")], url
        ) from None
    except (UnicodeDecodeError, IsADirectoryError) as fault:
        raise RecipeError([Mistake("", f"not a recipe: {fault}; it is one YAML file in UTF-8")], url) from None
    marked = load_marked(text, url)
    return LoadedRecipe(parse_recipe(marked, url), url, marked)


def parse_recipe(marked: MarkedYaml, file: str) -> Recipe:
    """Return the recipe in a YAML value.

    Raises:
        RecipeError: see `load_recipe`.
    """
    raw = marked.value
    if not isinstance(raw, dict):
        raise RecipeError(
            [Mistake("", f"a recipe is a mapping of keys such as name, sources, mixture; got {type(raw).__name__}", 1)],
            file,
        )
    mistakes = list(marked.mistakes)
    recipe = None
    try:
        recipe = Recipe.model_validate(raw, context=_context(raw))
    except ValidationError as fault:
        mistakes += mistakes_of(fault, Recipe, marked)
    mistakes += _licence_mistakes(raw, marked)
    if recipe is not None and recipe.dedup.exact is None and any(b.holdout_tokens for b in branches(recipe.mixture)):
        message = "a hold-out needs exact deduplication, else a copy in another part is trained on; write exact: {}"
        mistakes.append(Mistake("dedup.exact", message, marked.line_of(("dedup", "exact"))))
    if mistakes or recipe is None:
        raise RecipeError(sorted(mistakes, key=lambda mistake: mistake.line or 0), file)
    return recipe


def _context(raw: Mapping[str, JsonValue]) -> dict[str, set[str] | int | None]:
    """Return what fields of one room must know of another's: the sources' names and the length of a window."""
    sources, packing = raw.get("sources"), raw.get("packing")
    seq_len = packing.get("seq_len") if isinstance(packing, dict) else None
    return {
        "sources": set(sources) if isinstance(sources, dict) else set(),
        "seq_len": seq_len if isinstance(seq_len, int) and seq_len > 0 else None,
    }


def _licence_mistakes(raw: Mapping[str, JsonValue], marked: MarkedYaml) -> list[Mistake]:
    """Check licences on the raw values, so that a mistake elsewhere does not hide one here."""
    licenses, sources = raw.get("licenses"), raw.get("sources")
    allow = licenses.get("allow") if isinstance(licenses, dict) else None
    if not isinstance(allow, list) or not isinstance(sources, dict):
        return []
    mistakes = []
    for name, source in sources.items():
        licence = source.get("license") if isinstance(source, dict) else None
        if isinstance(source, dict) and licence not in allow:
            path = ("sources", name, "license")
            told = (
                f"licence {licence!r} is not allowed" if licence else "has no licence, and only named ones are allowed"
            )
            words = ", ".join(str(item) for item in allow)
            mistakes.append(Mistake(dotted(path), f"{told}; licenses.allow holds {words}", marked.line_of(path)))
    return mistakes
