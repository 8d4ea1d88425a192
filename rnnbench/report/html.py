"""The report as one self-contained HTML page."""

import base64
import hashlib

from markupsafe import Markup

from rnnbench.report.content import Content
from rnnbench.report.environment import environment
from rnnbench.report.palette import variables
from rnnbench.report.svg import Figure


def page(content: Content) -> str:
    """Render ``content`` with figures, style and script inside and nothing outside."""
    return dressed("report.html.j2", report=content)


def dressed(template: str, **given: object) -> str:
    """Render ``template`` with the style and the script of all pages."""
    made = environment()
    script = made.get_template("report.js").render()
    return made.get_template(template).render(
        **given,
        style=Markup(_colours() + made.get_template("report.css").render()),
        script=Markup(script),
        # only this very script may run, whatever a title or a reason contains
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        drawing=_drawing,
    )


def _drawing(figure: Figure) -> Markup:
    return Markup(figure.inline())


def _colours() -> str:
    named = variables().values()
    light = " ".join(f"{variable}: {colour};" for variable, colour, _ in named)
    dark = " ".join(f"{variable}: {colour};" for variable, _, colour in named)
    # paper is white, whatever the screen's scheme
    return f":root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
