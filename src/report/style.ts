import { Html } from '../page/html.ts';

/** Dark text on white, one column, A4 on paper. Every colour pair for text has a contrast of at least 4.5 : 1. */
export const style = Html.style(`
:root{--ink:#1b2230;--soft:#525c6b;--line:#dde1e7;--panel:#f5f6f8;--val:#1a5fa0;--train:#b4500f;--good:#17704b;--warn:#8a5200;--bad:#b3261e;--wood:#8a5a34}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0 auto;padding:0 24px 64px;max-width:1008px;background:#fff;color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;font-variant-numeric:tabular-nums}
body:lang(ja){font-family:"Hiragino Sans","Yu Gothic UI","Noto Sans JP","Noto Sans CJK JP",Meiryo,system-ui,sans-serif;line-height:1.75;line-break:strict;word-break:auto-phrase}
h1,h2,h3{line-height:1.25;margin:0;text-wrap:balance}
h1{font-size:2.1rem;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.5rem;margin-bottom:1rem}
h2+.intro{margin-top:-.4rem}
h3{font-size:1.05rem;margin:1.6rem 0 .5rem}
h4{font-size:1rem;margin:1.6rem 0 .2rem}
h4 span{font-weight:400;color:var(--soft);margin-left:.7rem}
p{margin:.5rem 0;max-width:46rem}
section{margin-top:3.5rem;padding-top:2rem;border-top:1px solid var(--line)}
code{font:.9em ui-monospace,"Cascadia Mono",Consolas,"Noto Sans Mono",monospace;background:var(--panel);padding:.1em .35em;border-radius:3px;overflow-wrap:anywhere}
small{color:var(--soft);font-size:.85em}
a{color:var(--val)}
.intro{color:var(--soft);margin-bottom:1.2rem}
.told{max-width:46rem;margin:.6rem 0 1.4rem}
.missing{background:var(--panel);border-left:4px solid var(--wood);padding:.8rem 1rem;border-radius:0 4px 4px 0}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.dim{color:var(--soft)}

.yosegi{display:block;margin:0 -24px 2.2rem;width:calc(100% + 48px)}
.kind{display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap;max-width:none;color:var(--wood);font-weight:600;margin:0 0 .4rem}
.when{color:var(--soft);font-weight:400}
.lead{font-size:1.1rem;color:var(--soft);margin:.6rem 0 1.6rem}
.hero{font-size:1.9rem;font-weight:700;line-height:1.3;margin:0 0 .4rem;max-width:none;text-wrap:balance}
.measured{max-width:52rem}
.cards{display:grid;grid-template-columns:repeat(4,1fr);gap:14px;margin:2rem 0 0}
.card{background:var(--panel);border-radius:8px;padding:1rem 1.1rem;display:flex;flex-direction:column}
.card dt{font-size:.88rem;color:var(--soft)}
.card dd{margin:0;display:flex;flex-direction:column;flex:1}
.card strong{font-size:1.75rem;line-height:1.35;white-space:nowrap}
.card span{font-size:.82rem;line-height:1.45;color:var(--soft)}
.card span+span{margin-top:.3rem}
.card.empty strong{color:var(--soft)}

nav{margin-top:2rem}
nav ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.35rem 1.4rem;font-size:.9rem}
nav a{text-decoration:none}
nav a:hover,nav a:focus{text-decoration:underline}

.findings{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px}
.finding{border:1px solid var(--line);border-left:5px solid var(--warn);border-radius:4px;padding:.9rem 1.2rem 1rem;overflow-wrap:anywhere}
.finding h3{margin:0 0 .3rem;text-wrap:wrap}
.finding p{margin:.35rem 0;font-size:.94rem;line-height:1.55}
.finding .action{padding-top:.35rem}
.finding.act{border-left-color:var(--bad)}
.finding.try{border-left-color:var(--val)}
.tag{display:table;margin-bottom:.4rem;font-size:.75rem;font-weight:600;line-height:1.5;padding:.05rem .55rem;border-radius:99px;color:#fff;background:var(--warn);white-space:nowrap}
.act .tag{background:var(--bad)}
.try .tag{background:var(--val)}
.steps{margin:0;padding-left:1.4rem;max-width:46rem}
.steps li{margin:.45rem 0}

.scroll{overflow-x:auto}
.scroll:focus-visible{outline:2px solid var(--val);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.94rem;line-height:1.45}
caption{text-align:left;font-weight:600;padding-bottom:.5rem}
th,td{padding:.5rem .75rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{padding-left:0}
thead th{color:var(--soft);font-size:.85rem;vertical-align:bottom;border-bottom:2px solid var(--line)}
tbody th{font-weight:600}
tfoot th,tfoot td{border-top:2px solid var(--line);border-bottom:0;font-weight:600}
.n{text-align:right;white-space:nowrap}
thead .n{white-space:normal}
.share{min-width:9.2rem}
.share small{margin-left:.5rem;white-space:nowrap}
.bar{display:block;width:100%;max-width:8rem;height:6px;margin-top:.3rem;border-radius:3px;background:#e6e9ee;overflow:hidden}
.bar i{display:block;height:100%;background:var(--val)}
.bar.low i{background:var(--bad)}
.facts{width:auto;min-width:60%}
.facts th{font-weight:400}
.facts td{font-weight:600}
.path{font-weight:400;overflow-wrap:anywhere}

.matrix{width:auto;border-collapse:separate;border-spacing:3px}
.matrix th,.matrix td{border:0}
.matrix thead td{padding:0}
.matrix tbody th .number{margin-right:.4rem}
.matrix thead tr:first-child th{text-align:center;padding:0 0 .2rem}
.matrix thead tr+tr th+th{text-align:center;padding:.1rem}
.matrix tbody th{font-weight:400;white-space:nowrap;vertical-align:middle;padding:.2rem .8rem .2rem 0}
.matrix tbody td{min-width:3rem;height:2.6rem;padding:.2rem .3rem;text-align:center;vertical-align:middle;border-radius:4px;background:var(--panel)}
.matrix .hit{font-weight:700}
.matrix .zero{color:#5f6977}
.number{display:inline-block;min-width:1.55rem;text-align:center;font-size:.8rem;font-weight:600;color:var(--soft);border:1px solid var(--line);border-radius:4px}

.gallery{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(170px,1fr));gap:26px 22px}
.gallery figure{margin:0}
.gallery img,.no-picture{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--panel);border-radius:6px}
.no-picture{display:grid;place-items:center;color:var(--soft);font-size:.85rem}
.gallery dl{margin:.6rem 0 .25rem;font-size:.88rem;line-height:1.4}
.gallery dl div{margin:.15rem 0}
.gallery dt,.gallery dd{display:inline;margin:0}
.gallery dt{color:var(--soft);margin-right:.35em}
.gallery dd{overflow-wrap:anywhere;font-weight:600}
.gallery .wrong dd{color:var(--bad)}
.file{font-size:.75rem;line-height:1.4;color:var(--soft);overflow-wrap:anywhere;margin:0}

.strip{grid-template-columns:repeat(auto-fill,minmax(124px,1fr));gap:20px 16px}
.strip dl{margin:.3rem 0 .15rem;font-size:.82rem}
.verdict{margin:.45rem 0 0;font-size:.75rem;font-weight:600;line-height:1.4;color:var(--soft)}
.verdict.wrong{color:var(--bad)}
.verdict.lost span{display:inline-block;background:var(--bad);color:#fff;border-radius:4px;padding:.05rem .4rem}
.verdict.gained{color:var(--good)}
.passed{margin:0;font-size:.75rem;line-height:1.4;color:var(--soft)}
.passed b{color:var(--ink)}

.marked{grid-template-columns:repeat(auto-fill,minmax(280px,1fr))}
.marked.wide{grid-template-columns:repeat(auto-fill,minmax(420px,1fr))}
.marked dl{display:flex;flex-wrap:wrap;gap:0 1rem}
.overlay{display:block;width:100%;max-height:26rem;background:var(--panel);border-radius:6px}
.overlay .blank{fill:#e6e9ee}.overlay text{font-size:15px;fill:var(--soft)}
.halo{fill:none;stroke:#fff;stroke-opacity:.8;stroke-width:5}
.edge{fill:none;stroke-width:2.6}
.edge.right{stroke:#12935a}.edge.missed{stroke:#ff9416;stroke-dasharray:8 5;stroke-width:3.2}.edge.wrong,.badge-cross{stroke:#dd1f14}
.badge{fill:#fff;stroke:#dd1f14;stroke-width:1.5}.badge-cross{fill:none;stroke-width:2}
.area{fill-opacity:.5;stroke-width:1.6}
.area.right{fill:#2fbf7f;stroke:#0f7a4a}.area.missed{fill:#ffab3d;stroke:#a85400;stroke-dasharray:6 4;stroke-width:2}.area.wrong{fill-opacity:1;stroke:#dd1f14}
.hatch-ground{fill:#dd1f14;fill-opacity:.15}.hatch-line{fill:#dd1f14;fill-opacity:.7}
.heat{stroke:none}.heat.h0{fill:#ffd21f;fill-opacity:.28}.heat.h1{fill:#ff8a00;fill-opacity:.42;stroke:#fff;stroke-width:1.2}.heat.h2{fill:#e8330c;fill-opacity:.5}.heat.h3{fill:#8f0033;fill-opacity:.6}
.truth{fill:none;stroke:#0a58ca;stroke-width:2.4;stroke-dasharray:7 4}
.score{fill-opacity:.65;stroke:#fff;stroke-width:.8}.score.right{fill:var(--val)}.score.wrong{fill:#dd1f14}.strip-chart{max-width:56rem;margin:.5rem 0 1.4rem}
p.legend{margin:0 0 1.2rem;max-width:none}.mark-key{width:30px;height:18px;overflow:visible}

.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:20px 40px;align-items:start}
.pair h3:first-child{margin-top:0}
.plot{margin:0}
.plot figcaption{line-height:1.45;margin-bottom:.4rem}
.legend{display:flex;flex-wrap:wrap;gap:0 1.2rem;font-size:.85rem;color:var(--soft)}
.key{width:26px;height:12px;margin-right:.4rem;vertical-align:middle}
.chart{display:block;width:100%;height:auto;overflow:visible}
.chart text{font-size:13px;fill:var(--soft);font-family:inherit}
.chart .bar-text{fill:var(--ink);font-weight:600}
.chart .flag-text{font-size:12px}
.grid{stroke:#e6e9ee}
.mark{stroke:#b6bec9}
.line{fill:none;stroke-width:2.4;stroke-linejoin:round}
.line.val{stroke:var(--val)}
.line.train{stroke:var(--train);stroke-dasharray:5 4}
.dot.val{fill:var(--val)}
.dot.train{fill:var(--train)}
.flag{stroke:var(--soft);stroke-dasharray:2 3}
.ideal{stroke:#8d97a5;stroke-dasharray:5 4}
.whisker{stroke:var(--val);stroke-width:1.4;opacity:.55}
.spot{stroke:#fff;stroke-width:1.2;fill:var(--val)}
.spot.exit{fill:#fff;stroke:var(--val);stroke-width:2.2}
.spot.whole{fill:var(--ink)}
.spot.other{fill:var(--train)}
.chart .sign-text{font-weight:700;fill:var(--ink);paint-order:stroke;stroke:#fff;stroke-width:3px}
.sign{white-space:nowrap;font-weight:600}.sign .key{margin-right:.1rem}.spot-key{height:17px}
.bar-rect{fill:#9dbcd9}
.bar-rect.most{fill:var(--val)}
.aside{background:var(--panel);border-radius:8px;padding:1rem 1.2rem;font-size:.92rem}
.aside h3{margin-top:0}
.aside ul{margin:0;padding-left:1.1rem}

.counts .share{text-align:right}.counts .bar{margin-left:auto}
.copies{list-style:none;margin:.5rem 0;padding:0;font-size:.85rem}
.copies li{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;padding:.35rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.copies .wrong{color:var(--bad)}
.made,.glossary{margin:0}
.made{display:grid;grid-template-columns:1fr 1fr;gap:0 40px}
.made div{display:grid;grid-template-columns:11rem 1fr;gap:.8rem;padding:.4rem 0;border-bottom:1px solid var(--line);font-size:.94rem}
.made dt{color:var(--soft)}
.made dd{margin:0;overflow-wrap:anywhere}
.settings{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.4rem}
.settings code{font-size:.8rem}
.glossary div{margin:0 0 1rem;max-width:46rem}
.glossary dt{font-weight:600}
.glossary dd{margin:.1rem 0 0;color:var(--soft)}
footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.85rem;color:var(--soft)}

@media(max-width:820px){.cards{grid-template-columns:1fr 1fr}.pair,.made,.findings{grid-template-columns:minmax(0,1fr)}}
@media(max-width:520px){
html{font-size:15.5px}
body{padding:0 16px 40px}
.yosegi{margin:0 -16px 1.6rem;width:calc(100% + 32px)}
h1{font-size:1.7rem}.hero{font-size:1.5rem}h2{font-size:1.3rem}
section{margin-top:2.4rem;padding-top:1.6rem}
.cards{gap:10px}.card{padding:.8rem .9rem}.card strong{font-size:1.4rem}
th,td{padding:.45rem .4rem}
.kind{row-gap:0}
.share{min-width:8.2rem}
.matrix{border-spacing:2px}
.matrix tbody td{min-width:1.75rem;padding:.2rem .1rem;font-size:.88rem}
.gallery{grid-template-columns:1fr 1fr;gap:20px 14px}
.marked,.marked.wide{grid-template-columns:minmax(0,1fr)}
.made div{grid-template-columns:8.5rem 1fr}
.matrix tbody th{white-space:normal;min-width:7rem;padding-right:.3rem;font-size:.88rem;overflow-wrap:anywhere}
}
@page{size:A4;margin:15mm 14mm}
@media print{
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
html{font-size:9.5pt}
body{max-width:none;padding:0;line-height:1.5;orphans:3;widows:3}
nav{display:none}
section{margin-top:18pt;padding-top:12pt}
h2,h3,caption,.intro{break-after:avoid}
p,tr,.scroll,figure,.finding,.card,.gallery li,.pair,.aside,.glossary div,.matrix{break-inside:avoid}
thead{display:table-header-group}
tfoot{display:table-row-group}
tfoot tr{break-before:avoid}
.scroll{overflow:visible}
.cards{grid-template-columns:repeat(4,1fr);gap:8pt}.card{padding:8pt}
.gallery{grid-template-columns:repeat(5,1fr);gap:12pt 10pt}.marked{grid-template-columns:repeat(3,1fr)}.marked.wide{grid-template-columns:1fr 1fr}.findings{grid-template-columns:repeat(2,minmax(0,1fr))}
.pair{grid-template-columns:repeat(2,minmax(0,1fr));gap:14pt}
.made{grid-template-columns:1fr 1fr}.made div{grid-template-columns:8.5rem 1fr;break-inside:avoid}
th,td{padding:3pt 5pt}
.yosegi{margin:0 0 14pt;width:100%}
a{color:inherit;text-decoration:none}
}
`);
