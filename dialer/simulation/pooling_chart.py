"""The square-root law as a picture: utilisation by the size of the team, by the law and as it was seen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dialer.simulation.plot import WIDTH, Panel, ticks
from dialer.simulation.pooling import SIZES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.simulation.pooling import Pooling

_TOP, _HEIGHT = 8, 300
_STYLE = """
body{margin:0;background:#f4f5f7;color:#111827;
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:1040px;margin:0 auto;padding:28px 20px 48px}h1{font-size:22px;margin:0 0 2px}
p,li{color:#4b5563}ul{padding-left:20px}h2{font-size:15px;margin:26px 0 6px}
figure,table{background:#fff;border:1px solid #e3e6ea;border-radius:10px}
figure{margin:0;padding:8px}svg{display:block;width:100%;height:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:4px 16px;text-align:right;font-size:13.5px}
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#4b5563}
.title{font-size:13px;font-weight:600;fill:#111827}path{fill:none}
.grid{stroke:#111827;stroke-opacity:.09}.axis{stroke:#111827;stroke-opacity:.35}
path.law{stroke:#2c6fbb;stroke-width:2}rect.law{fill:#2c6fbb}.seen{fill:#c2571a}
path.chosen{stroke:#1f8a5b;stroke-dasharray:5 4}rect.chosen{fill:#1f8a5b}
@media (prefers-color-scheme:dark){body{background:#0d0f13;color:#eceff4}p,li,text{color:#a7b0be;fill:#a7b0be}
figure,table{background:#14171c;border-color:#2a2f38}.title{fill:#eceff4}.grid,.axis{stroke:#fff}}
"""


def pooling_svg(pooling: Pooling, chosen: int | None = None) -> str:
    """Utilisation over agents: the law as a line, what was seen as dots, and the team that was chosen."""
    most = max(SIZES[-1], chosen or 0) * 1.04
    panel = Panel("Utilisation by the number of agents", _TOP, _HEIGHT, most, 1.0, "{:.0%}".format, 5)
    legend = [("law", f"1 - {pooling.constant:.2f} / sqrt(agents)"), ("seen", "as seen")]
    line = panel.line("law", [(agents, pooling.law(agents)) for agents in range(1, int(most) + 1)])
    dots = "".join(
        f'<circle class="seen" cx="{panel.x(point.agents):.1f}" cy="{panel.y(point.utilisation):.1f}" r="4"/>'
        for point in pooling.points
    )
    mark = ""
    if chosen is not None:
        legend.append(("chosen", f"{chosen} agents"))
        mark = f'<path class="chosen" d="M{panel.x(chosen):.1f} {panel.y(0):.1f}V{panel.y(1):.1f}"/>'
    labels = "".join(
        f'<text x="{panel.x(agents):.1f}" y="{_TOP + _HEIGHT + 16}" text-anchor="middle">{agents:g}</text>'
        for agents in ticks(most, 12)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_TOP + _HEIGHT + 24}" role="img" '
        f'aria-label="Utilisation by the number of agents">{panel.frame(legend)}{mark}{line}{dots}{labels}</svg>'
    )


def pooling_html(
    title: str,
    pooling: Pooling,
    tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]],
    remarks: Sequence[str],
    chosen: int | None = None,
) -> str:
    """A page of its own with the picture, tables of (heading, columns, rows) and remarks; nothing is loaded."""
    parts = [f"<h1>{escape(title)}</h1><figure>{pooling_svg(pooling, chosen)}</figure>"]
    for heading, columns, rows in tables:
        head = "".join(f"<th>{escape(column)}" for column in columns)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}' for cell in row)}" for row in rows)
        parts.append(f"<h2>{escape(heading)}</h2><table><tr>{head}{body}</table>")
    listed = "".join(f"<li>{escape(remark)}" for remark in remarks)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<style>{_STYLE}</style></head><body><main>{''.join(parts)}<h2>Where the numbers come from</h2>"
        f"<ul>{listed}</ul></main></body></html>\n"
    )
