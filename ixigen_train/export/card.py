"""README.md of an exported model: a model card in the Hugging Face format."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import JsonValue

from ixigen_data.core.files import without_secrets_in
from ixigen_data.core.markdown import code_span, fenced
from ixigen_data.core.templates import markdown_templates
from ixigen_data.core.units import format_count, format_percent
from ixigen_data.shards.manifest import Manifest
from ixigen_train.history.figures import held_out_rows, token_rows
from ixigen_train.history.numbers import format_change, format_loss, format_perplexity, format_rate
from ixigen_train.history.run import Run
from ixigen_train.runs.records import perplexity

_LANGUAGE = re.compile(r"[a-z]{2,3}|code|multilingual")  # what the Hub takes: ISO 639 or one of two words
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class PartRow:
    """A part that was trained on, and what its sources declare."""

    part: str
    tokens: int
    share: float
    languages: tuple[str, ...]
    licenses: tuple[str, ...]


def model_card(run: Run) -> str:
    """Return the card: a YAML header that the Hub reads, then tables. Names from data are escaped."""
    environment = markdown_templates("ixigen_train.export")
    environment.filters.update(
        count=format_count,
        percent=format_percent,
        loss=format_loss,
        perplexity=format_perplexity,
        change=format_change,
        rate=format_rate,
        exp=perplexity,
        code=code_span,
    )
    course = run.dataset.course
    differences = [row.difference for row in token_rows(run) if row.difference is not None]
    recipe = without_secrets_in(run.recipe.model_copy(update={"loggers": {}}).model_dump(mode="json"))
    body = environment.get_template("card.md.j2").render(
        run=run,
        base=base_name(run.file.model),
        total=sum(run.tokens.values()),
        language_names=_languages(run),
        parts=part_rows(run),
        off=max(map(abs, differences)) if differences else None,
        manifests=course.manifests if course else (None,) * len(run.plan.stretches),
        seq_len=course.seq_len if course else run.recipe.context,
        held_out=held_out_rows(run),
        recipe=fenced(yaml.safe_dump(_without_place(recipe), sort_keys=False, allow_unicode=True, width=120), "yaml"),
    )
    return f"---\n{yaml.safe_dump(card_header(run), sort_keys=False, allow_unicode=True)}---\n\n{body}"


def card_header(run: Run) -> dict[str, JsonValue]:
    """Return the card's metadata. It names no licence: that of the base model is not known here."""
    languages: list[JsonValue] = [language for language in _languages(run) if _LANGUAGE.fullmatch(language)]
    return {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        **({"base_model": run.file.model} if _on_hub(run.file.model) else {}),
        **({"language": languages} if languages else {}),
        "tags": ["ixigen", "continual-pretraining"],
    }


def part_rows(run: Run) -> list[PartRow]:
    """Return the parts that were trained on, those without a token left out."""
    manifests = run.dataset.course.manifests if run.dataset.course else ()
    return [
        PartRow(row.part, row.tokens, row.share, *_declared(manifests, row.part))
        for row in token_rows(run)
        if row.tokens
    ]


def base_name(model: str) -> str:
    """Return a model's id on the hub, or the name of its folder: where that lay is nobody's business.

    >>> base_name("Qwen/Qwen2.5-3B"), base_name("/data/models/mine")
    ('Qwen/Qwen2.5-3B', 'mine')
    """
    return model if _on_hub(model) else Path(model).name


def _on_hub(model: str) -> bool:
    return _HUB_ID.fullmatch(model) is not None and not Path(model).is_dir()


def _declared(manifests: tuple[Manifest, ...], path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the languages and licences that the sources of a part declare."""
    languages: dict[str, None] = {}
    licenses: dict[str, None] = {}
    for manifest in manifests:
        for source in (name for part in manifest.parts if part.path == path for name in part.sources):
            record = manifest.sources.get(source)
            languages |= {record.language: None} if record and record.language else {}
            told = (record.license if record else None) or manifest.licenses.get(source)
            licenses |= {told or "not given": None}
    return tuple(languages), tuple(licenses)


def _languages(run: Run) -> list[str]:
    return list(dict.fromkeys(language for row in part_rows(run) for language in row.languages))


def _without_place(recipe: JsonValue) -> JsonValue:
    """Return the recipe without the folders of the machine that trained."""
    if not isinstance(recipe, dict) or not isinstance(recipe["model"], dict):
        return recipe
    model = {**recipe["model"], "path": base_name(str(recipe["model"]["path"]))}
    hidden = {"data", "loggers", "stages"}  # where shards were kept, accounts; the datasets stand above
    return {key: value for key, value in recipe.items() if key not in hidden} | {"model": model}
