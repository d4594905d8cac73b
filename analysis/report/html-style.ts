// The style of HTML reports: grey carries the structure, black the data, colour only what is abnormal. Values are
// those of the workbench, light and dark; on paper everything is black on white and opened.

export const STYLE = `
:root{color-scheme:light dark;--ground:#E4E6E8;--tile:#F4F5F6;--well:#FCFCFD;--rule:#CDD1D5;--text:#1B1F24;--muted:#4A5058;
--band:#E1E4E7;--selected:#D9E5F2;--blue:#0B4F9E;--p1:#B00020;--p2:#9A4A00;--p3:#6B5500;--p3fill:#F2C200;
--s1:#DCE1E6;--s2:#C3CCD5;--s3:#7C8C9C;--s4:#344555}
@media (prefers-color-scheme:dark){:root{--ground:#2A2E33;--tile:#23272B;--well:#1D2023;--rule:#3D434A;--text:#E6E8EA;
--muted:#B4BBC3;--band:#343A40;--selected:#26405E;--blue:#8CBFFF;--p1:#FF9494;--p2:#FFA94D;--p3:#FFD43B;--p3fill:#FFD43B;
--s1:#38414A;--s2:#48545F;--s3:#7F90A0;--s4:#CFD8E0}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:13px/20px Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1040px;margin:0 auto;background:var(--tile);min-height:100vh;border-inline:1px solid var(--rule)}
header,section,footer{padding:16px 24px;border-bottom:1px solid var(--rule)}
h1{font-size:24px;line-height:28px;font-weight:600;margin:8px 0 4px}
h2{font-size:18px;line-height:24px;font-weight:600;margin:0 0 4px;overflow-wrap:anywhere}
h3{font-size:12px;line-height:16px;font-weight:600;color:var(--muted);margin:16px 0 8px}
p{margin:0 0 8px;max-width:76ch}
.lead{font-size:15px}.muted,footer,figcaption{color:var(--muted);font-size:12px;line-height:16px}
q,blockquote,.source{font:14px/22px 'Source Serif 4',Georgia,'DejaVu Serif',serif;quotes:none;overflow-wrap:anywhere}
blockquote{margin:8px 0;padding:2px 12px;border-left:2px solid var(--rule)}
blockquote .muted{font-family:Inter,system-ui,sans-serif}
.found{list-style:none;margin:0;padding:0}
.found>li{display:grid;grid-template-columns:112px 1fr;gap:4px 16px;padding:8px 0;border-top:1px solid var(--rule)}
.found mark{background:var(--selected);color:inherit;padding:1px 2px}
.meter{height:4px;margin-top:8px;background:var(--s2)}.meter i{display:block;height:4px;background:var(--text)}
.sev{display:inline-block;font-weight:600;padding-left:16px;position:relative}
.sev::before{content:'';position:absolute;left:0;top:5px;width:10px;height:10px;border:1.5px solid currentColor;border-radius:5px}
.critical,.high{color:var(--p1)}.critical::before{background:currentColor;border-radius:0}.high::before{background:currentColor;border-radius:0;transform:rotate(45deg) scale(.85)}
.medium{color:var(--p2)}.medium::before{background:currentColor;border-radius:5px 5px 0 0}.low{color:var(--p3)}
figure{margin:8px 0 16px}figcaption{margin-top:4px}.found q{display:block;max-width:88ch}svg{display:block;width:100%;height:104px}svg *{vector-effect:non-scaling-stroke}
td svg{width:100px;height:20px}.strip svg{height:14px}
.bar{fill:var(--s3)}.odd{fill:var(--p2)}.axis{stroke:var(--rule);fill:none}.data{stroke:var(--muted);stroke-width:1.5;fill:none}
.band{fill:var(--band)}.event{fill:var(--p3fill);opacity:.35}.tick{fill:var(--blue)}
.r-background{fill:var(--s1)}.r-methods{fill:var(--s2)}.r-results{fill:var(--s3)}.r-conclusions{fill:var(--s4)}.r-other{fill:none;stroke:var(--s2)}
.key{display:inline-block;width:10px;height:8px;margin:0 4px 0 12px}.key:first-child{margin-left:0}
.k-background{background:var(--s1)}.k-methods{background:var(--s2)}.k-results{background:var(--s3)}.k-conclusions{background:var(--s4)}.k-other{border:1px solid var(--s2)}.k-tick{background:var(--blue);height:3px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th{font-size:12px;line-height:16px;font-weight:600;color:var(--muted);text-align:left;background:var(--ground)}
th,td{padding:6px 8px;border-bottom:1px solid var(--rule);vertical-align:top}
.n{text-align:right;white-space:nowrap}code{font:12px/18px 'JetBrains Mono',ui-monospace,'DejaVu Sans Mono',monospace;overflow-wrap:anywhere}
@media (max-width:640px){header,section,footer{padding:12px 16px}.found>li{grid-template-columns:1fr}}
@media print{:root{--ground:#fff;--tile:#fff;--well:#fff;--text:#000;--muted:#333;color-scheme:light}
body{font-size:10pt}main{border:0;max-width:none}section,li,tr{break-inside:avoid}a{color:inherit}}
`.replace(/\n/g, '')
