/** The page's one style sheet, inline and named by its hash in the content security policy. */
import { createHash } from 'node:crypto';

export const STYLE = `
:root{color-scheme:light dark;--ink:#1c2024;--soft:#545b64;--paper:#fbfaf8;--card:#fff;--line:#dcd8d0;--rule:#b9b3a8;--seal:#1f4d3a;--seal-ink:#fff;--stop:#8c2f1b;--warn:#fff4d6;--warn-line:#a36a00;--warn-ink:#4a3200;--mark:#5b2a86}
@media(prefers-color-scheme:dark){:root{--ink:#eceae6;--soft:#aeb3ba;--paper:#15171a;--card:#1d2024;--line:#33373d;--rule:#4c525a;--seal:#9bd3b6;--seal-ink:#0d2419;--stop:#f0a08c;--warn:#3a2f12;--warn-line:#d9a441;--warn-ink:#f6e3b4;--mark:#d9b8f5}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:1}
header,main,footer{max-width:52rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem;color:var(--soft);font-size:.875rem;display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap}
header strong{color:var(--ink);letter-spacing:.02em}
h1,h2{font-family:ui-serif,Georgia,"Times New Roman",serif;font-weight:600;line-height:1.2;text-wrap:balance}
h1{font-size:clamp(1.6rem,1.2rem + 2vw,2.25rem);margin:1.75rem 0 .5rem}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.75rem 0 .25rem}
p{margin:.5rem 0;max-width:42rem}.lead{font-size:1.125rem}.soft{color:var(--soft)}.small{font-size:.875rem}
a{color:inherit;text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px;border-radius:2px}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.4rem 1.5rem;margin:1rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
ul.reasons{list-style:none;margin:.75rem 0;padding:0}ul.reasons li{padding:.5rem 0 .5rem 1rem;border-left:3px solid var(--seal)}
.figures{display:flex;flex-wrap:wrap;gap:1.25rem 2.5rem;margin:1.25rem 0;padding:0}
.figures div{display:flex;flex-direction:column-reverse}.figures dt{font-size:.875rem}.figures dd{font:600 1.5rem/1.2 ui-serif,Georgia,serif;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
caption{text-align:left;padding:.6rem .9rem;color:var(--soft);font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .9rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
bdi{white-space:pre-wrap}.short bdi{white-space:pre}thead bdi{white-space:nowrap}
thead th{font-weight:600;color:var(--soft);border-bottom:1px solid var(--rule);white-space:nowrap}
tbody th{font-weight:400;color:var(--soft)}
details{margin:.75rem 0}td details{margin:0}.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code,.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875em;overflow-wrap:anywhere}
.mark{font:600 .75em/1 ui-monospace,Menlo,Consolas,monospace;color:var(--mark);border:1px solid currentColor;border-radius:3px;padding:.1em .3em;margin:0 .1em;white-space:nowrap}
.more{color:var(--soft);text-decoration:underline}summary{cursor:pointer}
nav ul{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;padding:0;margin:.9rem 0}
nav a,nav span{display:inline-block;min-width:2.75rem;min-height:2.75rem;line-height:2.75rem;text-align:center;padding:0 .75rem;border:1px solid var(--line);border-radius:6px;background:var(--card);text-decoration:none}
nav a:hover{border-color:var(--rule)}nav [aria-current]{border:2px solid var(--ink);font-weight:600;line-height:calc(2.75rem - 2px)}
.note{border:1px solid var(--warn-line);border-left-width:5px;background:var(--warn);color:var(--warn-ink);border-radius:4px;padding:.75rem 1rem;margin:1.25rem 0}
.note p{margin:.25rem 0}.note ul{margin:.5rem 0;padding-left:1.25rem}.note li{padding:.15rem 0}
form{margin:0 0 2rem;padding:1.25rem;background:var(--card);border:1px solid var(--rule);border-radius:8px}
label{display:block;font-weight:600}
textarea,select,input:not([type=hidden]){width:100%;min-height:3rem;margin:.4rem 0 1.25rem;padding:.6rem .75rem;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:6px}
textarea{min-height:6rem;resize:vertical}
fieldset{min-width:0;margin:0 0 1.5rem;padding:0 0 .25rem;border:0;border-bottom:1px solid var(--line)}
legend{padding:0;font:600 1.125rem/1.3 ui-serif,Georgia,"Times New Roman",serif}
fieldset>p{margin:.25rem 0 1.25rem}.field>span{display:block}.field>.error{color:var(--stop);font-weight:600}
label .soft{font-weight:400}.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
[aria-invalid]{border:2px solid var(--stop)}
.buttons{display:flex;flex-wrap:wrap;gap:.75rem}
button{font:inherit;font-weight:600;min-height:3rem;padding:.5rem 1.5rem;border-radius:6px;cursor:pointer;flex:1 1 12rem}
button.yes{background:var(--seal);color:var(--seal-ink);border:2px solid var(--seal)}
button.no{background:transparent;color:var(--stop);border:2px solid var(--stop)}
.outcome{display:flex;gap:1rem;align-items:center;margin:1.75rem 0 .5rem}.outcome h1{margin:0}
.stamp{flex:none;width:3.25rem;height:3.25rem;border:3px double currentColor;border-radius:50%;display:grid;place-items:center;font:700 1.5rem/1 ui-serif,Georgia,serif;color:var(--soft)}
.APPROVED .stamp{color:var(--seal)}.REJECTED .stamp{color:var(--stop)}
.receipt{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.25rem 1.25rem;margin:1.25rem 0}
footer{padding-bottom:3rem;margin-top:2.5rem;color:var(--soft);font-size:.8125rem}
@media(max-width:34rem){dl{grid-template-columns:1fr;gap:0}dt{margin-top:.5rem}.figures dt{margin:0}
.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cards tr{display:block;padding:.6rem 0;border-top:1px solid var(--line)}
.cards th,.cards td.num,.cards td{display:grid;grid-template-columns:7rem 1fr;gap:.75rem;border:0;padding:.15rem .9rem;text-align:left}
.cards td::before,.cards th::before{content:attr(data-label);color:var(--soft);overflow-wrap:anywhere}}
@media print{form,nav{display:none}}
`.trim();

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing is loaded, framed, cached, indexed or passed on; the form goes back to where it came from. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow, noarchive',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};
