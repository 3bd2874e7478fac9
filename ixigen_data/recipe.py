"""The recipe: one YAML file that says all that decides bytes. Each room owns its settings; this composes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, JsonValue, StringConstraints

from ixigen_data.core.errors import Mistake
from ixigen_data.core.files import without_secrets_in
from ixigen_data.core.marked_yaml import MarkedYaml, dotted
from ixigen_data.core.recipe_file import mapping_in, read_marked, settings_in, without_mistakes
from ixigen_data.core.samples import PER_GROUP
from ixigen_data.core.settings import Settings
from ixigen_data.core.steps import Rule, rule_name
from ixigen_data.dedup.settings import DedupSettings
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.targets import written_branches
from ixigen_data.packing.settings import PackingSettings
from ixigen_data.rules.settings import DEFAULT_RULES, AnyRule
from ixigen_data.shards.settings import ContinuesSettings, ShardSettings
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.tokens.settings import TokenizerSettings

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


# Full-width digits hide numbers from the one, white lines are repeated lines to the others.
_WANT_NORMALIZED = ("pii", "korean_quality", "korean_repetition")
HOW_TO_BEGIN = "`ixigen-data init DIR` writes one"


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
    samples: int = Field(
        default=3,
        ge=0,
        le=PER_GROUP,
        description="How many documents of each source, and of each reason for a drop, the report shows; 0 for none.",
    )
    dedup: DedupSettings = DedupSettings()
    licenses: LicenseSettings | None = None
    mixture: MixtureSettings = Field(
        examples=[{"total_tokens": 1_048_576, "parts": {"ko": {"weight": 1, "from": ["wiki"]}}}]
    )
    packing: PackingSettings = Field(examples=[{"seq_len": 4096}])
    shards: ShardSettings = ShardSettings()
    continues: ContinuesSettings | None = Field(
        default=None, description="An earlier dataset that this one goes on from."
    )

    def used_sources(self) -> dict[str, SourceSettings]:
        """Return the sources that feed a part, in recipe order: the order is their priority when copies are removed."""
        used = {
            name for branch in written_branches(self.mixture) if branch.settings for name in branch.settings.from_ or ()
        }
        return {name: source for name, source in self.sources.items() if name in used}

    def sources_by_part(self) -> dict[str, tuple[str, ...]]:
        """Return the sources that feed each part, by its path."""
        leaves = [branch for branch in written_branches(self.mixture) if branch.part is not None]
        return {leaf.path: leaf.settings.from_ or () for leaf in leaves if leaf.settings}

    def chain(self) -> tuple[Rule, ...]:
        """Return all that is done to a document on its way, in order: the rules of `clean`, then decontamination."""
        return (*self.clean, *self.dedup.rules())

    def public(self) -> JsonValue:
        """Return the recipe in full, without secrets, as manifests carry it."""
        return without_secrets_in(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    def pinned(self) -> Self:
        """Return the recipe with the digests of the evaluation suites as they are now.

        Raises:
            DedupError: a suite is missing, empty or cannot be read, or is not that of its digest.
        """
        suites = self.dedup.decontaminate
        if suites is None:
            return self
        (now,) = suites.resolved(None)
        return self.model_copy(update={"dedup": self.dedup.model_copy(update={"decontaminate": now})})

    def continuing(self, dataset: str, digest: str) -> Self:
        """Return the recipe as it goes on from the end of a dataset."""
        return self.model_copy(update={"continues": ContinuesSettings(manifest=dataset, digest=digest)})

    def without_continues(self) -> Self:
        """Return the recipe as it would begin anew."""
        return self.model_copy(update={"continues": None})

    def warnings(self) -> list[str]:
        """Return what is allowed but looks unintended."""
        idle = [name for name in self.sources if name not in self.used_sources()]
        told = [f"sources.{name}: feeds no part of the mixture; it will not be read" for name in idle]
        names = [rule_name(rule) for rule in self.clean]
        normalized = next(
            (place for place, name in enumerate(names) if name.endswith(("normalize", "whitespace"))), None
        )
        for place, name in enumerate(names):
            if name in _WANT_NORMALIZED and (normalized is None or place < normalized):
                told.append(f"clean[{place}]: {name} wants text that is normalized; put {{rule: normalize}} before it")
        return told


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
    marked = read_marked(url, HOW_TO_BEGIN)
    return LoadedRecipe(parse_recipe(marked, url), url, marked)


def parse_recipe(marked: MarkedYaml, file: str) -> Recipe:
    """Return the recipe in a YAML value.

    Raises:
        RecipeError: see `load_recipe`.
    """
    raw = mapping_in(marked, file, "name, sources, mixture")
    recipe, mistakes = settings_in(Recipe, marked, _context(raw))
    mistakes += _licence_mistakes(raw, marked)
    if (
        recipe is not None
        and recipe.dedup.exact is None
        and any(b.holdout_tokens for b in written_branches(recipe.mixture))
    ):
        message = "a hold-out needs exact deduplication, else a copy in another part is trained on; write exact: {}"
        mistakes.append(Mistake("dedup.exact", message, marked.line_of(("dedup", "exact"))))
    return without_mistakes(recipe, mistakes, file)


def _context(raw: Mapping[str, JsonValue]) -> dict[str, set[str] | int | None]:
    """Return what fields of one room must know of another's: the sources' names and the length of a window."""
    sources, packing = raw.get("sources"), raw.get("packing")
    # Totals are whole windows where every window is full.
    full = isinstance(packing, dict) and packing.get("method") != "best_fit"
    seq_len = packing.get("seq_len") if isinstance(packing, dict) and full else None
    return {
        "sources": set(sources) if isinstance(sources, dict) else set(),
        "seq_len": seq_len if isinstance(seq_len, int) and seq_len > 0 and seq_len % 8 == 0 else None,
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
