import { FIGURE_STYLE } from '../figures/index.js';

/** How a page looks: one column on a phone, two of figures on a desk, black on white on paper. */
export const PAGE_STYLE: string = `${FIGURE_STYLE}
:root{color-scheme:light dark;--card:#f5f7f9;--line:#c9d0d8;--link:#0b5cad;--good:#00704f;--open:#8a5a00;--bad:#b3261e}
@media screen and (prefers-color-scheme:dark){:root{--card:#1d232b;--line:#3d4651;--link:#7fc1f5;--good:#3fcf9f;--open:#f0b429;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
header,main,footer{max-width:1160px;margin:0 auto;padding:0 20px}
h1{font-size:1.6rem;line-height:1.25;margin:1.4rem 0 .3rem}
h2{font-size:1.3rem;margin:2.6rem 0 .4rem;padding-top:.8rem;border-top:1px solid var(--line)}
h3{font-size:1.02rem;margin:.8rem 0 .4rem}
p{margin:.4rem 0;max-width:46rem}
a{color:var(--link)}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.3rem .6rem;z-index:2}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0;margin:.8rem 0}
nav a{display:inline-block;padding:.2rem 0}
.card{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--line);border-radius:6px;padding:1rem 1.2rem;margin:1rem 0}
.card.good{border-left-color:var(--good)}.card.open{border-left-color:var(--open)}.card.bad{border-left-color:var(--bad)}
.verdict{font-size:1.45rem;font-weight:700;margin:0 0 .3rem}
.good .verdict{color:var(--good)}.open .verdict{color:var(--open)}.bad .verdict{color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem;margin:.9rem 0 .2rem;padding:0}
.tiles div{background:var(--paper);border:1px solid var(--line);border-radius:6px;padding:.5rem .7rem}
.tiles dt{font-size:.82rem;color:var(--quiet)}.tiles dd{margin:0;font-weight:650;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.claims{grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr))}.tiles .note{font-weight:400;font-size:.86rem;color:var(--quiet)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:1.6rem;align-items:start}
.figure{max-width:600px;min-width:0;margin:.6rem 0}
.figure>p{font-size:.88rem;color:var(--quiet)}
.views input{margin:0 .3rem 0 0}.views label{font-size:.88rem;margin-right:.9rem}
.views fieldset{border:0;padding:0;margin:0 0 .3rem}.views legend,.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.view{display:none}${[0, 1, 2].map((i) => `.views:has([value="${i}"]:checked)>.v${i}`).join(',')}{display:block}
details{margin:.4rem 0}summary{cursor:pointer;color:var(--link);font-size:.88rem;padding:.2rem 0}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums;margin:.4rem 0}
caption{text-align:left;font-weight:650;padding:.2rem 0}
th,td{padding:.2rem .7rem .2rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td,th{white-space:nowrap}td.long{white-space:normal;overflow-wrap:anywhere;min-width:14rem;max-width:28rem}
td.number,th.number{text-align:right}
thead th{color:var(--quiet);font-weight:600}
.checks{list-style:none;padding:0;margin:.4rem 0}
.checks li{display:grid;grid-template-columns:1.6rem 1fr;gap:.2rem;padding:.25rem 0}
.checks .mark{font-weight:700}.checks .warning .mark,.warn{color:var(--bad)}.checks .look .mark{color:var(--open)}.checks .fine .mark{color:var(--good)}
.checks small{color:var(--quiet);display:block}
.warn{font-weight:600}
.explorer{display:grid;grid-template-columns:1fr;gap:1rem 2rem;align-items:start}
.look{position:sticky;top:0;z-index:1;background:var(--paper);padding-bottom:.2rem}
@media (min-width:860px){.explorer{grid-template-columns:1fr 1fr;grid-template-areas:'form look' 'form numbers';grid-template-rows:auto 1fr}.controls{grid-area:form}.look{grid-area:look;position:static}.numbers{grid-area:numbers}}
.explorer>*{min-width:0}.explorer .tiles{grid-template-columns:repeat(auto-fit,minmax(12rem,1fr))}.explorer .figure{max-width:none}.tables{display:flex;flex-wrap:wrap;gap:.4rem 3rem}
.controls fieldset{border:1px solid var(--line);border-radius:6px;margin:0 0 .8rem;padding:.4rem .8rem .6rem}
.controls legend{font-weight:650;padding:0 .3rem}
.control{display:grid;grid-template-columns:1fr 8.2rem;gap:.1rem .7rem;align-items:center;margin:.35rem 0}
.control label{grid-column:1/-1;font-size:.9rem}
.control input[type=range]{width:100%;min-height:24px;accent-color:var(--link)}
.control .unit{display:flex;align-items:center;gap:.3rem;font-size:.9rem}
input[type=number],textarea{font:inherit;font-size:.9rem;background:var(--paper);color:var(--ink);border:1px solid var(--quiet);border-radius:4px;padding:.2rem .35rem;width:100%;min-width:0}
button{font:inherit;font-size:.9rem;background:var(--card);color:var(--ink);border:1px solid var(--quiet);border-radius:5px;padding:.35rem .7rem;margin:0 .4rem .4rem 0;cursor:pointer}
#out-certified{font-weight:600;margin:.3rem 0}#out-certified.good{color:var(--good)}#out-certified.open{color:var(--open)}
.films{display:flex;flex-wrap:wrap;gap:1rem;margin:.8rem 0}
.film{margin:0;width:8.6rem;font-size:.8rem}
.film figcaption{overflow-wrap:anywhere;line-height:1.35}
.strip{background-size:calc(var(--n)*100%) 100%;background-repeat:no-repeat;width:calc(var(--w)*1.7px);height:calc(var(--h)*1.7px);max-width:100%;image-rendering:auto;border-radius:3px}
@keyframes film{from{background-position-x:0}to{background-position-x:100%}}
.strip:hover,.strip:focus-visible,.playing .strip{animation:film calc(var(--n)*.22s) steps(var(--n),jump-none) infinite}
@media (prefers-reduced-motion:reduce){.strip:hover,.strip:focus-visible{animation:none}}
footer{color:var(--quiet);font-size:.85rem;padding-top:1.5rem;padding-bottom:2rem}
@media (max-width:480px){header,main,footer{padding:0 14px}h1{font-size:1.35rem}.card{padding:.8rem .9rem}.control{grid-template-columns:1fr 7rem}}
@page{margin:14mm}
@media print{
.look svg{max-width:380px}.tiles div{break-inside:avoid}
nav,button,.skip,.controls,details,.views fieldset,#copied,#copied-note{display:none!important}
body{font-size:10.5pt}header,main,footer{max-width:none;padding:0}
h2{break-after:avoid}.figure,.card,.film,table{break-inside:avoid}
.figures{grid-template-columns:1fr 1fr;gap:.6rem}.tiles{grid-template-columns:repeat(4,1fr)}
.explorer{display:block}.look{position:static}
}`;
