"""`ixigen-data report`: what went in, what was dropped and why, planned against written."""

from typing import Annotated

import typer

from ixigen_data.cli.options import DatasetArgument, JsonOption
from ixigen_data.core.console import out, print_json


def report(
    dataset: DatasetArgument,
    html: Annotated[
        str | None, typer.Option("--html", help="Write the report as one HTML page to this file.", metavar="FILE")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Report on a dataset: the mixture, the funnel of documents, licences, fingerprints.

    Example: ixigen-data report shards/tiny --html report.html
    """
    from ixigen_data.core.files import write_bytes
    from ixigen_data.report.json_view import report_json
    from ixigen_data.report.page import html_page
    from ixigen_data.report.table import dedup_tables, funnel_table, mixture_table, summary_lines, text_table
    from ixigen_data.shards.manifest import Manifest
    from ixigen_data.shards.statistics import Statistics

    manifest = Manifest.load(dataset)
    statistics = Statistics.load(dataset, manifest)
    if html is not None:
        write_bytes(html, html_page(manifest, statistics).encode())
    if json:
        print_json(report_json(manifest, statistics))
        return
    for line in summary_lines(manifest, statistics):
        out.print(line, soft_wrap=True)
    out.print(mixture_table(manifest))
    out.print(funnel_table(manifest))
    if statistics is not None:
        out.print(text_table(manifest, statistics))
    for table in dedup_tables(manifest, statistics):
        out.print(table)
    if html is not None:
        out.print(f"report: {html}", soft_wrap=True)
