"""The report as Markdown in GitHub's flavour."""

from rnnbench.report.content import Content
from rnnbench.report.environment import environment


def markdown(content: Content) -> str:
    """Render ``content``; figures are linked in the folder ``figures`` beside the file."""
    return environment().get_template("report.md.j2").render(report=content)
