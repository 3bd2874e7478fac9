"""The report of a run as one HTML page that needs nothing else: no network, no script, no font of its own."""

import yaml
from jinja2 import Environment

from ixigen_data.core.files import without_secrets_in
from ixigen_data.core.templates import html_templates
from ixigen_data.core.units import format_count, format_duration, format_percent, format_size
from ixigen_data.core.visible import visible
from ixigen_train.history.figures import (
    HeldOutRow,
    ends,
    held_out_rows,
    loss_rows,
    middle,
    seconds,
    shard_urls,
    throughput,
    token_rows,
    unserved,
    wait_share,
)
from ixigen_train.history.numbers import format_change, format_loss, format_perplexity, format_short
from ixigen_train.history.run import Run
from ixigen_train.report import charts
from ixigen_train.report.thinning import POINTS
from ixigen_train.runs.records import perplexity


def html_page(run: Run) -> str:
    """Return the page. Every text from the run is escaped; the same run gives the same bytes."""
    tokens, held_out = token_rows(run), held_out_rows(run)
    manifests = run.dataset.course.manifests if run.dataset.course else (None,) * len(run.plan.stretches)
    differences = [row.difference for row in tokens if row.difference is not None]
    context: dict[str, object] = {
        "run": run,
        "names": [manifest.name if manifest else "a dataset out of reach" for manifest in manifests],
        "manifests": manifests,
        "urls": shard_urls(run),
        "losses": loss_rows(run),
        "ends": ends(run.metrics),
        "many": len(run.metrics.steps) // POINTS if len(run.metrics.steps) >= 2 * POINTS else 0,
        "held_out": held_out,
        "alarms": [row for row in held_out if row.alarm],
        "tokens": tokens,
        "total_tokens": sum(row.tokens for row in tokens),
        "off": max(map(abs, differences), default=0) if len(differences) == len(tokens) and tokens else None,
        "unserved": unserved(run),
        "spent": seconds(run),
        "speed": throughput(run),
        "wait": wait_share(run),
        "mfu": middle(run, "mfu"),
        "styles": _styles(run, held_out),
        "charts": _charts(run),
        "recipe": _recipe(run),
    }
    return _environment().get_template("page.html.j2").render(context)


def _charts(run: Run) -> dict[str, charts.Chart | None]:
    return {
        "loss": charts.chart(run, charts.LOSS),
        "loss_by_part": charts.chart_by_part(run, charts.LOSS),
        "perplexity_by_part": charts.chart_by_part(run, charts.PERPLEXITY),
        "bits_by_part": charts.chart_by_part(run, charts.BITS),
        "rate": charts.chart(run, charts.RATE),
        "norm": charts.chart(run, charts.NORM),
        "held_out": charts.held_out_chart(run),
        "mixture": charts.mixture_chart(run),
        "speed": charts.chart(run, charts.SPEED),
        "mfu": charts.chart(run, charts.MFU),
        "seconds": charts.chart(run, charts.SECONDS),
        "wait": charts.wait_chart(run),
    }


def _styles(run: Run, held_out: list[HeldOutRow]) -> dict[str, str]:
    planned = run.dataset.course.parts if run.dataset.course else ()
    parts = dict.fromkeys([*run.metrics.parts, *(row.part for row in held_out), *planned])
    return charts.classes(list(parts))


def _recipe(run: Run) -> str:
    value = without_secrets_in(run.recipe.model_dump(mode="json"))
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)


def _environment() -> Environment:
    environment = html_templates("ixigen_train.report")
    environment.filters.update(
        count=format_count,
        percent=format_percent,
        size=format_size,
        duration=format_duration,
        short=format_short,
        loss=format_loss,
        perplexity=format_perplexity,
        change=format_change,
        exp=perplexity,
        signed=_signed,
        shown=visible,
    )
    return environment


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value):.4f}"
