"""The templates of both formats."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from rnnbench.report.prose import html_cell, html_prose, markdown_cell, markdown_code, markdown_prose


def environment() -> Environment:
    """Make an environment that escapes everything and refuses unknown names."""
    made = Environment(
        loader=PackageLoader("rnnbench.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(prose=html_prose, cell=html_cell, md=markdown_prose, mdcell=markdown_cell, mdcode=markdown_code)
    return made
