"""The report as one HTML page that needs nothing else: no network, no script, no font of its own."""

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import JsonValue

from ixigen_data.core.digests import canonical_json
from ixigen_data.core.units import format_count, format_percent, format_size
from ixigen_data.report.charts import account_chart, epochs_chart, hues, mixture_chart, step_chart
from ixigen_data.report.figures import license_of, mixture_rows, settlement_rows, shard_figures, total_error
from ixigen_data.report.funnel import account, funnels, plain
from ixigen_data.shards.manifest import Manifest

MAX_DECISIONS = 20  # of a quarantine, listed; the rest is counted


def html_page(manifest: Manifest) -> str:
    """Return the page. Every text from the manifest is escaped; the same manifest gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("ixigen_data.report", ""),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(count=format_count, percent=format_percent, size=format_size, plain=plain)
    environment.globals.update(epochs_chart=epochs_chart, step_chart=step_chart)
    rows, whole = mixture_rows(manifest), account(manifest)
    return environment.get_template("page.html.j2").render(
        manifest=manifest,
        digest=manifest.digest or manifest.digest_of(),
        rows=rows,
        hues=hues(rows),
        mixture_chart=mixture_chart(rows),
        error=total_error(manifest),
        settlement=settlement_rows(manifest),
        full_epochs=max((max(part.max_epochs, part.epochs) for part in manifest.parts), default=1.0),
        shards=shard_figures(manifest),
        account=whole,
        account_chart=account_chart(whole),
        funnels=funnels(manifest),
        licenses={name: license_of(manifest, name) for name in manifest.sources},
        decisions=[canonical_json(decision).decode() for decision in manifest.quarantine[:MAX_DECISIONS]],
        recipe=_yaml(manifest.recipe),
    )


def _yaml(value: JsonValue) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
