"""Text of strangers in Markdown: shown as it is, never obeyed."""

import re

_MARKS = re.compile(r"([\\`*_\[\]|#~])")


class Markdown(str):
    """Text that is Markdown already."""


def escape_markdown(value: object) -> str:
    """Return a value as Markdown that shows it: one line, no markup, no HTML; `Markdown` passes unchanged.

    >>> escape_markdown("a|b <i>")
    'a\\\\|b &lt;i>'
    """
    if isinstance(value, Markdown):
        return value
    text = " ".join(str(value).split()).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKS.sub(r"\\\1", text)


def code_span(value: object) -> Markdown:
    """Return a value as inline code, for use outside of tables; backticks become apostrophes.

    >>> str(code_span("a`b"))
    "`a'b`"
    """
    text = " ".join(str(value).split()).replace("`", "'")
    return Markdown(f"`{text or ' '}`")


def fenced(text: str, language: str) -> Markdown:
    """Return a code block whose fence is longer than any run of backticks within."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markdown(f"{fence}{language}\n{text.rstrip()}\n{fence}")
