// The style of a benchmark's HTML: grey structure, black figures, a logarithmic slate scale for amounts, blue for
// the chosen cell. Colours are those of the workbench, light and dark; on paper always light.

const LIGHT =
  '--ground:#E4E6E8;--tile:#F4F5F6;--well:#FCFCFD;--rule:#CDD1D5;--edge:#757C85;--text:#1B1F24;--muted:#4A5058;--quiet:#757D85;--selected:#D9E5F2;--blue:#0B4F9E;--p2:#9A4A00;--s0:#EDEFF1;--s1:#DCE1E6;--s2:#C3CCD5;--s3:#A3B0BD;--s4:#7C8C9C;--s5:#566777;--s6:#344555;--low:#1B1F24;--mid:#1B1F24;--high:#FFFFFF'
const DARK =
  '--ground:#2A2E33;--tile:#23272B;--well:#1D2023;--rule:#3D434A;--edge:#8A929B;--text:#E6E8EA;--muted:#B4BBC3;--quiet:#7E868F;--selected:#26405E;--blue:#8CBFFF;--p2:#FFA94D;--s0:#2B3036;--s1:#38414A;--s2:#48545F;--s3:#566472;--s4:#7F90A0;--s5:#A6B4C1;--s6:#CFD8E0;--low:#E6E8EA;--mid:#1B1F24;--high:#1B1F24'

export const BENCHMARK_STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:13px/20px Inter,system-ui,'DejaVu Sans',sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;background:var(--tile);min-height:100vh;border-inline:1px solid var(--rule)}
header,section,footer{padding:16px 24px;border-bottom:1px solid var(--rule)}
h1{font-size:24px;line-height:28px;font-weight:600;margin:4px 0 8px;overflow-wrap:anywhere}
h2{font-size:18px;line-height:24px;font-weight:600;margin:0 0 4px}
p{margin:0 0 8px;max-width:84ch}
.lead{font-size:15px}.muted,footer,figcaption,caption{color:var(--muted);font-size:12px;line-height:16px}
.found{margin:0;padding:0;list-style:none;max-width:92ch}.found li{padding:4px 0 4px 16px;position:relative}
.found li::before{content:'';position:absolute;left:0;top:12px;width:8px;height:2px;background:var(--quiet)}
.keys{display:flex;flex-wrap:wrap;gap:12px 32px;margin:16px 0 4px;padding:0}
.keys div{min-width:112px}.keys dt{color:var(--muted);font-size:12px;line-height:16px}
.keys dd{margin:0;font-size:24px;line-height:28px;white-space:nowrap}.keys small{font-size:12px;color:var(--muted)}
.wide{position:relative;overflow-x:auto;margin:8px 0 4px}.wide:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
table{border-collapse:collapse;width:100%}caption{text-align:left;padding:0 0 8px;caption-side:top}
th{font-size:12px;line-height:16px;font-weight:600;text-align:left;color:var(--muted)}
th,td{padding:6px 8px;border-bottom:1px solid var(--rule);vertical-align:top}
thead th{background:var(--ground)}.n{text-align:right;white-space:nowrap}
.figures th[scope=row]{font-weight:400;color:var(--text);min-width:168px}.figures td,.figures th{padding:6px 6px}
.grid td,.grid th{border:0;border-bottom:1px solid var(--tile);padding:0 8px;height:32px;vertical-align:middle}
.grid{border-bottom:1px solid var(--rule)}.grid thead th{background:none;font-weight:400;border-bottom:1px solid var(--rule)}
.grid tbody+tbody tr:first-child>*{border-top:1px solid var(--rule)}
.grid th[scope=rowgroup]{color:var(--text);font-size:13px;vertical-align:top;padding:6px 12px 6px 0;white-space:nowrap}
.grid th[scope=row]{font-weight:400;white-space:nowrap}.grid th span{color:var(--text);display:inline-block;min-width:3em;margin-right:8px}
.grid td.n,.grid th.n{min-width:76px;border-left:1px solid var(--tile)}.grid thead th:first-child{padding-left:0;width:132px}.grid thead th:nth-child(2){width:212px}
.s0,.s1,.s2,.s3{color:var(--low)}.s4{color:var(--mid)}.s5,.s6{color:var(--high)}
.s0{background:var(--s0)}.s1{background:var(--s1)}.s2{background:var(--s2)}.s3{background:var(--s3)}.s4{background:var(--s4)}.s5{background:var(--s5)}.s6{background:var(--s6)}
td.none{color:var(--muted);background:var(--well);font-size:12px;line-height:16px;border-inline:1px dashed var(--edge);padding:6px 8px}
.grid td.none{border-left:1px dashed var(--edge);border-right:1px dashed var(--edge)}
td.best{font-weight:600;box-shadow:inset 0 0 0 2px var(--blue),inset 0 0 0 4px var(--tile)}
td.over{outline:1px dashed currentColor;outline-offset:-4px}
td.few{font-style:italic}
.keyline{display:flex;flex-wrap:wrap;gap:4px 16px;margin-top:8px}
.ramp{display:inline-flex;vertical-align:-1px;margin-inline:6px}.ramp i{width:14px;height:10px}
.bars th{font-weight:400;color:var(--text);font-size:13px;line-height:18px;width:248px;border:0;padding:4px 12px 4px 0}
.bars th small{display:block;color:var(--muted);font-size:12px;line-height:16px}.bars td{border:0;padding:4px 0;vertical-align:middle}
.bars td.n{width:136px;padding-left:12px;text-align:left}.bars tr.axis td{color:var(--muted);font-size:11px;line-height:16px;padding:0}
.bars strong{font-weight:600}.bars .muted{font-size:12px}
.bars td.track{position:relative;padding:0;background:repeating-linear-gradient(90deg,var(--rule) 0 1px,transparent 1px var(--step))}
.track>*{position:absolute;display:block}.track b{left:0;top:50%;margin-top:-6px;height:12px;background:var(--s5)}
.cpu .track b{background:var(--s4)}.base .track b{background:none;border:1px solid var(--edge)}
.track i{height:12px;top:50%;margin-top:-6px;border:0 solid var(--text)}.track i::after{content:'';position:absolute;left:0;right:0;top:5px;height:2px;background:var(--text)}
.track i.in{border-left-width:2px;border-color:var(--tile)}.track i.in::after{background:var(--tile)}.track i.ex{border-right-width:2px}
.base .track i.in{border-color:var(--text)}.base .track i.in::after{background:var(--text)}
.ticks{position:relative;height:16px}.ticks span{position:absolute;transform:translateX(-50%)}.ticks span:last-child{transform:translateX(-100%)}.ticks span:first-child{transform:none}
figure{margin:8px 0 4px}svg{display:block;width:100%;min-width:560px;max-width:820px;height:auto}
svg text{font:12px Inter,system-ui,'DejaVu Sans',sans-serif;fill:var(--muted);font-variant-numeric:tabular-nums;paint-order:stroke;stroke:var(--tile);stroke-width:4px;stroke-linejoin:round}
svg .name{fill:var(--text)}.gridline{stroke:var(--rule);fill:none}.goal{stroke:var(--text);stroke-dasharray:5 4;fill:none}
.line{fill:none;stroke-width:1.5}.l0{stroke:var(--s6)}.l1{stroke:var(--s5)}.l2{stroke:var(--s4)}.d0{fill:var(--s6)}.d1{fill:var(--s5)}.d2{fill:var(--s4)}
.pick{fill:none;stroke:var(--blue);stroke-width:2}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:4px 24px;margin:8px 0}.facts dt{color:var(--muted)}.facts dd{margin:0;overflow-wrap:anywhere}
.faster::before,.slower::before,.undecided::before{content:'';display:inline-block;margin-right:6px;border:5px solid transparent}
.faster::before{border-bottom-color:var(--text);border-top:0}.slower::before{border-top-color:var(--p2);border-bottom:0}.slower{color:var(--p2);font-weight:600}
.undecided::before{border:0;width:10px;height:2px;background:var(--quiet);vertical-align:4px}
summary{cursor:pointer;padding:4px 0}summary:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:640px){header,section,footer{padding:12px 16px}.bars th{width:120px;font-size:12px}.bars td.n{width:104px;padding-left:8px}.keys{gap:12px 24px}.keys div{min-width:0;flex:1 0 40%}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:8px}.grid td.n,.grid th.n{min-width:58px;padding:0 6px}.grid thead th:first-child,.grid thead th:nth-child(2){width:auto}.grid th[scope=rowgroup]{padding:6px 8px 6px 0;white-space:normal;width:64px}.grid th[scope=rowgroup]:not(.one){writing-mode:vertical-rl;transform:rotate(180deg);text-align:right;padding:0 8px;width:32px}.grid th[scope=row]{white-space:normal;min-width:96px;padding:4px 8px 4px 0;line-height:14px}.grid th[scope=row] span{display:block}}
@media print{:root{color-scheme:light;${LIGHT};--ground:#FFF;--tile:#FFF;--well:#FFF}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{font-size:9pt}main{border:0;max-width:none}.wide{overflow:visible}section,tr,figure{break-inside:avoid}section.long{break-inside:auto}}
`.replace(/\n/g, '')
