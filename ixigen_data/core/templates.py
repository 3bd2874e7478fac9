"""Templates of pages and cards: every name in them must be known, and text from data is escaped."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from ixigen_data.core.markdown import escape_markdown


def html_templates(package: str) -> Environment:
    """Return the HTML templates of a package; they may include what lies beside this file."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package, ""), PackageLoader("ixigen_data.core", "")]),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def markdown_templates(package: str) -> Environment:
    """Return the Markdown templates of a package."""
    return Environment(
        loader=PackageLoader(package, ""),
        undefined=StrictUndefined,
        finalize=escape_markdown,  # in place of autoescape, which knows HTML alone
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
