"""README.md of a dataset: a data card in the Hugging Face format."""

import re
from collections.abc import Iterable

import yaml
from pydantic import JsonValue

from ixigen_data.core.markdown import code_span, fenced
from ixigen_data.core.templates import markdown_templates
from ixigen_data.core.units import format_count, format_percent, format_size
from ixigen_data.report.figures import license_of, mixture_rows, settlement_rows, shard_figures, total_error
from ixigen_data.report.funnel import account, funnels, plain
from ixigen_data.report.license_names import hub_license
from ixigen_data.report.license_terms import demands
from ixigen_data.report.texts import text_rows
from ixigen_data.shards.dedup_statistics import LinesStatistics
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics

_LANGUAGE = re.compile(r"[a-z]{2,3}|code|multilingual")  # what the Hub takes: ISO 639 or one of two words


def data_card(manifest: Manifest, statistics: Statistics | None = None) -> str:
    """Return the card: a YAML header that the Hub reads, then prose and tables. Names from data are escaped."""
    environment = markdown_templates("ixigen_data.report")
    environment.filters.update(
        count=format_count, percent=format_percent, size=format_size, plain=plain, code=code_span
    )
    whole = account(manifest)
    licenses = {name: license_of(manifest, name) for name in manifest.sources}
    body = environment.get_template("card.md.j2").render(
        manifest=manifest,
        digest=manifest.digest or manifest.digest_of(),
        rows=mixture_rows(manifest),
        error=total_error(manifest),
        settlement=settlement_rows(manifest),
        shards=shard_figures(manifest),
        account=whole,
        funnel_of={funnel.source: funnel for funnel in funnels(manifest)},
        licenses=licenses,
        demands=demands(licenses),
        texts=text_rows(manifest, statistics) if statistics else [],
        frequent_lines=_frequent_lines(statistics),
        rules=_rules(manifest.recipe),
        recipe=fenced(_yaml(manifest.recipe), "yaml"),
    )
    return f"---\n{_yaml(card_header(manifest))}---\n\n{body}"


def card_header(manifest: Manifest) -> dict[str, JsonValue]:
    """Return the card's metadata. Sizes count windows, the dataset's rows; the viewer is pointed at the lineage."""
    named = [license_of(manifest, name) for name in manifest.sources]
    licenses = _distinct(hub_license(name) if name else "unknown" for name in named)
    languages = _distinct(
        source.language for source in manifest.sources.values() if _LANGUAGE.fullmatch(source.language or "")
    )
    header: dict[str, JsonValue] = {
        "pretty_name": manifest.name,
        "license": licenses[0] if len(licenses) == 1 else licenses,
        **({"language": languages} if languages else {}),
        "size_categories": [size_category(manifest.total_windows)],
        "task_categories": ["text-generation"],
        "tags": ["ixigen", "mds", "mosaicml-streaming", "continual-pretraining"],
    }
    if licenses == ["other"]:
        header["license_name"] = ", ".join(sorted({name for name in named if name}))
    if manifest.lineage:
        files: JsonValue = [{"split": "train", "path": "lineage/*.parquet"}]
        header["configs"] = [{"config_name": "lineage", "data_files": files, "default": True}]
    return header


def size_category(rows: int) -> str:
    """Return the Hub's size category of a number of rows.

    >>> size_category(999), size_category(1_000), size_category(2 * 10**12)
    ('n<1K', '1K<n<10K', 'n>1T')
    """
    if rows < 1_000:
        return "n<1K"
    if rows > 10**12:
        return "n>1T"
    names = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"]
    place = min(len(str(rows)) - 4, len(names) - 2)
    return f"{names[place]}<n<{names[place + 1]}"


def _frequent_lines(statistics: Statistics | None) -> dict[str, LinesStatistics]:
    """Return the sources that lost lines."""
    lines = statistics.lines or {} if statistics else {}
    return {source: found for source, found in lines.items() if found.lines}


def _distinct(values: Iterable[str | None]) -> list[JsonValue]:
    return list(dict.fromkeys(values))


def _yaml(value: JsonValue) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)


def _rules(recipe: JsonValue) -> list[tuple[str, str]]:
    """Return the cleaning rules of a resolved recipe, in order: (name, settings)."""
    steps = recipe.get("clean") if isinstance(recipe, dict) else None
    rules = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
    return [
        (
            str(rule.get("rule")),
            ", ".join(f"{key}: {value}" for key, value in rule.items() if key != "rule" and value not in (None, [])),
        )
        for rule in rules
    ]
