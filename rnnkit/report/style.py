"""The style sheet of all pages, for light and dark, screen and print."""

from __future__ import annotations

# Blue, orange, green and purple that colour-blind readers tell apart (Okabe and Ito).
STYLE = """\
:root{color-scheme:light dark;--paper:#fff;--ink:#1c1f24;--soft:#5c6470;--line:#d9dde3;
--shade:#f3f5f8;--on:#fff;--one:#0072b2;--two:#c44f00;--three:#00795c;--four:#a3478a;
--good:#00694f;--bad:#a8321c}
@media (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e6e9ed;--soft:#a2abb8;
--line:#343a43;--shade:#1e2329;--on:#0b1015;--one:#6cb6ff;--two:#ff9c55;--three:#4fd1ab;
--four:#dd9bd0;--good:#4fd1ab;--bad:#ff8d75}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;background:var(--paper);
color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.2rem 0 .6rem}
h3{font-size:1rem;margin:1.2rem 0 .4rem;overflow-wrap:anywhere}
p{margin:.4rem 0;overflow-wrap:anywhere}
.soft{color:var(--soft)}
.verdict{border-left:4px solid var(--soft);background:var(--shade);padding:.8rem 1rem;
margin:1rem 0}
.verdict.good{border-color:var(--good)}
.verdict.bad{border-color:var(--bad)}
.verdict p:first-child{font-size:1.15rem;font-weight:600;margin-top:0}
.wide{overflow-x:auto;margin:.4rem 0}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding-bottom:.3rem}
th,td{padding:.25rem .8rem .25rem 0;text-align:left;border-bottom:1px solid var(--line);
vertical-align:top}
th{font-weight:600}
td.n,th.n{text-align:right}
tr.own td{font-weight:700}
td.t{min-width:11rem;overflow-wrap:anywhere}
.heat td{border:1px solid var(--paper);text-align:center;padding:.25rem .45rem;
min-width:2.4rem;background:color-mix(in srgb,var(--one) var(--s),var(--shade));
print-color-adjust:exact}
.heat td.d{color:var(--on)}
.heat th{border:0;font-weight:400;white-space:nowrap;padding:.25rem .5rem;text-align:center}
.heat th:first-child{text-align:right}
pre{background:var(--shade);padding:.8rem 1rem;overflow-x:auto;
font:13px/1.45 ui-monospace,monospace;margin:.4rem 0}
pre.text{white-space:pre-wrap;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem}
figure{margin:0;max-width:36rem}
figcaption{font-size:.9rem}
svg{width:100%;height:auto;display:block;font:11px system-ui,sans-serif}
svg text{fill:var(--soft)}
.grid{stroke:var(--line)}
.mark{stroke:var(--soft);stroke-dasharray:3 3}
polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}
.c1{stroke:var(--one)}
.c2{stroke:var(--two)}
.c3{stroke:var(--three)}
.c4{stroke:var(--four)}
polygon.c2{fill:var(--two);stroke:none;opacity:.22}
circle.c1{fill:var(--one)}
circle.c2{fill:var(--two)}
.dash{stroke-dasharray:5 3}
.key{display:inline-block;width:1.3em;border-top:3px solid;margin:0 .35em 0 .9em;
vertical-align:middle}
.key.c1{border-color:var(--one)}
.key.c2{border-color:var(--two)}
.key.c3{border-color:var(--three)}
.key.c4{border-color:var(--four)}
.key.dash{border-top-style:dashed}
summary{cursor:pointer;color:var(--one)}
@media print{body{max-width:none;padding:0}
details::details-content{content-visibility:visible;block-size:auto}
summary{display:none}
h2,h3{break-after:avoid}
figure,tr,.verdict{break-inside:avoid}
pre{white-space:pre-wrap}
.wide{overflow:visible}}
"""
