/** The style sheet of the HTML pages: light and dark, narrow and wide, screen and paper. No outside resource. */
export const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--dim:#59626d;--paper:#fff;--line:#d8dde3;--soft:#f5f7f9;--link:#0a58a8;--good:#0b6a2f;--good-bg:#e6f4ea;--bad:#a3151d;--bad-bg:#fdecec;--warn:#7d5200;--warn-bg:#fdf3dc}
@media (prefers-color-scheme:dark){:root{--ink:#e5e8eb;--dim:#a0a9b4;--paper:#15181c;--line:#363c44;--soft:#1e2227;--link:#82bcf5;--good:#7bd596;--good-bg:#16301f;--bad:#ff9a9a;--bad-bg:#3b1a1d;--warn:#ebc264;--warn-bg:#352a10}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--link)}
.skip{position:absolute;left:-999rem}.skip:focus{position:static}
header{border-bottom:1px solid var(--line);background:var(--soft)}
nav,main,footer{max-width:84rem;margin:0 auto;padding:.7rem 1.25rem}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;margin:0;padding:0}
nav a{text-decoration:none}nav a[aria-current]{color:var(--ink);font-weight:600}
nav .brand{font-weight:700;color:var(--ink)}
main>p,main>ul,main>dl{max-width:62rem}
h1{font-size:1.8rem;line-height:1.25;margin:1.2rem 0 .6rem}
h2{font-size:1.3rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
h3{font-size:1.08rem;margin:1.8rem 0 .5rem}
:target{scroll-margin-top:1rem;outline:2px solid var(--link);outline-offset:3px}
code{font:.88em ui-monospace,"DejaVu Sans Mono",Menlo,monospace;background:var(--soft);padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(9rem,15rem) 1fr;gap:.35rem 1.2rem;margin:1rem 0}
dt{color:var(--dim)}dd{margin:0}
li{margin:.25rem 0}
.scroll{overflow-x:auto;margin:.8rem 0 1.2rem}
table{border-collapse:collapse;min-width:40rem;width:100%;font-size:.91rem;line-height:1.45}
caption{text-align:left;color:var(--dim);padding:.2rem 0 .35rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .65rem;border-bottom:1px solid var(--line)}
thead th{background:var(--soft);white-space:nowrap}tbody th{font-weight:500}
th code,td code{overflow-wrap:break-word;background:none;padding:0}
details{margin:.4rem 0 1.2rem;border-left:3px solid var(--line);padding-left:.9rem}
summary{cursor:pointer;color:var(--link)}
.v{font-weight:600;border-radius:3px;padding:.05em .35em}
.good{color:var(--good);background:var(--good-bg)}.bad{color:var(--bad);background:var(--bad-bg)}.warn{color:var(--warn);background:var(--warn-bg)}.plain{color:var(--dim);padding:0}
.good::before{content:"\\2713\\a0"}.bad::before{content:"\\2717\\a0"}.warn::before{content:"!\\a0"}
footer{color:var(--dim);font-size:.9rem;border-top:1px solid var(--line);margin-top:3rem}
@media (max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}h1{font-size:1.45rem}}
@media print{header,footer{display:none}details{border:0}.scroll{overflow:visible}}`;
