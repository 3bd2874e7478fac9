"""The report as one HTML page that needs nothing else: no network, no script, no font of its own."""

import unicodedata

import yaml
from jinja2 import Environment

from ixigen_data.core.digests import canonical_json
from ixigen_data.core.samples import EditedPlace
from ixigen_data.core.templates import html_templates
from ixigen_data.core.units import format_count, format_percent, format_size
from ixigen_data.core.visible import visible_line
from ixigen_data.report import charts
from ixigen_data.report.alike import copies_by_reason, overlap_rows, side_by_side, similarity_bins, size_rows
from ixigen_data.report.exactness import error_rows, leaves, stages, worst
from ixigen_data.report.figures import (
    colour_of_source,
    license_of,
    mixture_rows,
    settlement_rows,
    shard_figures,
    total_error,
)
from ixigen_data.report.filters import filter_rows
from ixigen_data.report.funnel import (
    account,
    exact_copies,
    funnels,
    looks_for,
    looks_for_personal_data,
    plain,
    token_account,
)
from ixigen_data.report.license_terms import demands, terms_of
from ixigen_data.report.matrix import edit_rows, found_rows, matrix, reason_rows
from ixigen_data.report.samples import languages, samples_by_rule, samples_by_source
from ixigen_data.report.texts import text_rows
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics

MAX_ROWS = 24  # of settlement windows, nodes with a curve, sources in a table of edits, decisions; the rest is counted


def html_page(manifest: Manifest, statistics: Statistics | None = None) -> str:
    """Return the page. Every text from the dataset is escaped; the same dataset gives the same bytes.

    Args:
        statistics: of the same dataset; without them the page says what it cannot show.
    """
    rows = mixture_rows(manifest)
    hues = charts.hues(rows)
    context: dict[str, object] = {
        "manifest": manifest,
        "statistics": statistics,
        "max_rows": MAX_ROWS,
        "digest": manifest.digest or manifest.digest_of(),
        "rows": rows,
        "hues": hues,
        "error": total_error(manifest),
        "settlement": settlement_rows(manifest),
        "full_epochs": max((max(part.max_epochs, part.epochs) for part in manifest.parts), default=1.0),
        "shards": shard_figures(manifest),
        "pad_tokens": sum(part.pad_tokens for part in manifest.parts),
        "account": account(manifest),
        "funnels": funnels(manifest),
        "tokens": token_account(manifest, statistics) if statistics and not manifest.generations else None,
        "licenses": {name: license_of(manifest, name) for name in manifest.sources},
        "decisions": [canonical_json(decision).decode() for decision in manifest.quarantine[:MAX_ROWS]],
        "recipe": yaml.safe_dump(manifest.recipe, sort_keys=False, allow_unicode=True, width=100),
    }
    context |= _course(manifest, statistics, hues) | _texts(manifest, statistics, hues) | _copies(manifest, statistics)
    context |= _lines(manifest, statistics) | _safety(manifest, statistics)
    return _environment().get_template("page.html.j2").render(context)


def _environment() -> Environment:
    environment = html_templates("ixigen_data.report")
    environment.filters.update(
        count=format_count,
        percent=format_percent,
        size=format_size,
        plain=plain,
        shown=_shown,
        told_before=_told_before,
    )
    environment.globals.update(charts=charts, demands=demands, terms_of=terms_of)
    return environment


def _course(manifest: Manifest, statistics: Statistics | None, hues: dict[str, str]) -> dict[str, object]:
    """Return what the section along the dataset shows."""
    errors = error_rows(statistics)
    parts = leaves(manifest, statistics) if statistics else []
    shades = charts.shades([part.path for part in parts])
    colours = {part.path: f"{hues[part.path]} {shades[part.path]}" for part in parts}
    borders = statistics.trace.borders if statistics and statistics.trace else ()
    hardest = sorted(errors, key=lambda row: -row.strain)[:MAX_ROWS]
    return {
        "errors": [row for row in errors if row in hardest],
        "hidden_errors": len(errors) - len(hardest),
        "worst": worst(errors),
        "furthest": max((row.largest for row in errors), default=0.0),
        "colours": colours,
        "stages": stages(manifest),
        "borders": borders,
        "position_chart": charts.position_chart(parts, borders, colours) if parts and len(borders) > 1 else None,
    }


def _texts(manifest: Manifest, statistics: Statistics | None, hues: dict[str, str]) -> dict[str, object]:
    """Return what the sections on texts, edits and samples show."""
    texts = text_rows(manifest, statistics) if statistics else []
    edges = charts.length_range(texts)
    samples, hidden_samples = samples_by_source(manifest, statistics) if statistics else ([], 0)
    edit_samples, hidden_edit_samples = samples_by_rule(statistics) if statistics else ([], 0)
    return {
        "texts": texts,
        "text_of": {row.source: row for row in texts},
        "edges": edges,
        "ticks": charts.length_ticks(edges),
        "window_at": charts.length_place(edges, manifest.seq_len),
        "colour_of": colour_of_source(manifest, hues),
        "edits": edit_rows(statistics) if statistics else [],
        "reasons": reason_rows(manifest),
        "filters": filter_rows(manifest),
        "read_documents": {
            source: stages["read"].documents_in for source, stages in manifest.documents.items() if "read" in stages
        },
        "samples": samples,
        "hidden_samples": hidden_samples,
        "edit_samples": edit_samples,
        "hidden_edit_samples": hidden_edit_samples,
        "langs": languages(manifest),
    }


def _copies(manifest: Manifest, statistics: Statistics | None) -> dict[str, object]:
    """Return what the sections on copies and on evaluation suites show."""
    near = statistics.near if statistics else None
    met = statistics.contamination if statistics else None
    sizes = size_rows(near) if near else []
    return {
        "exact_copies": exact_copies(manifest),
        "copies": matrix(copies_by_reason(manifest)),
        "near": near,
        "size_rows": sizes,
        "largest_size": max((row.documents for row in sizes), default=1),
        "similarity_bins": similarity_bins(near) if near else [],
        "overlap": overlap_rows(near) if near else [],
        "overlap_sources": list(near.overlap) if near else [],
        "side_by_side": side_by_side(near) if near else [],
        "duplicates": sum(record.rows for record in manifest.duplicates or ()),
        "met": met,
        "met_rows": matrix(met.by_source) if met else [],
    }


def _lines(manifest: Manifest, statistics: Statistics | None) -> dict[str, object]:
    """Return what the section on frequent lines shows."""
    lines = statistics.lines or {} if statistics else {}
    return {
        "looked_for_lines": looks_for(manifest, "lines") or bool(lines),
        "frequent_lines": {source: found for source, found in lines.items() if found.frequent},
    }


def _safety(manifest: Manifest, statistics: Statistics | None) -> dict[str, object]:
    """Return what the section on personal data shows."""
    found = found_rows(statistics) if statistics else []
    return {
        "personal_data": found,
        "personal_data_sources": [s for s in manifest.sources if any(s in row.by_source for row in found)],
        "looked_for_personal_data": looks_for_personal_data(manifest),
    }


def _told_before(place: EditedPlace) -> str:
    """Return what was edited; its code points, where it looks like what it became."""
    alike = place.before != place.after and unicodedata.normalize("NFC", place.before) == place.after
    return " ".join(f"U+{ord(each):04X}" for each in place.before) if alike else _shown(place.before)


def _shown(text: str) -> str:
    """Return a piece of an edit with what nobody would see as an escape, spaces as dots where they stand alone."""
    return visible_line(text if text.strip(" ") or not text else "\u00b7" * len(text))
