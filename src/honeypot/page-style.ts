// The look of the page: light and dark by the reader's setting, one column on a phone, and on paper.

export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --line: #dfe3e8; --text: #1b2430; --soft: #5a6675; --code: #f0f2f5;
  --red: #b42318; --red-back: #fdecea; --amber: #8a5300; --amber-back: #fdf2dc; --green: #1d6b3a; --green-back: #e5f4ea;
  --blue: #1a56b0; --violet: #6b3fb5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1a2028; --line: #303945; --text: #e4e8ee; --soft: #9aa7b6; --code: #232b35;
    --red: #ff9389; --red-back: #3d1f1d; --amber: #f0b955; --amber-back: #3a2c12; --green: #74cf96; --green-back: #17341f;
    --blue: #82b1ff; --violet: #c2a2ff;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 48px }
nav { margin: 12px 0 32px }
nav .mark { margin: 0 6px }
a { color: var(--blue) }
article + article { margin-top: 40px; padding-top: 32px; border-top: 2px solid var(--line) }
h1 { margin: 0; font-size: 22px; line-height: 1.3; overflow-wrap: anywhere }
h1 code { font-size: inherit }
h2 { margin: 0 0 10px; font-size: 15px }
h3 { margin: 14px 0 4px; font-size: 13px; font-weight: 600; color: var(--soft) }
p { margin: 0 }
.soft { color: var(--soft) }
.top { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center }
.top + p { margin: 4px 0 18px }
.columns { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; align-items: start }
.columns > div { min-width: 0 }
.columns section + section { margin-top: 16px }
section, details { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; min-width: 0 }
article > section, article > details { margin-top: 16px }
.columns { margin-top: 16px }
summary { font-weight: 600; cursor: pointer }
summary + * { margin-top: 10px }
dl { display: grid; grid-template-columns: fit-content(42%) minmax(0, 1fr); gap: 3px 14px; margin: 0 }
dt { color: var(--soft); overflow-wrap: anywhere }
dd { margin: 0; overflow-wrap: anywhere }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
ul, ol { margin: 0; padding: 0; list-style: none }
.label, .mark { display: inline-block; border-radius: 4px; padding: 0 6px; font-size: 12px; line-height: 20px; overflow-wrap: anywhere }
.label { font-size: 13px; line-height: 24px; padding: 0 10px; font-weight: 600 }
.good { color: var(--green); background: var(--green-back) }
.warn { color: var(--amber); background: var(--amber-back) }
.bad { color: var(--red); background: var(--red-back) }
.none { color: var(--soft); background: var(--code) }
.points { display: grid; grid-template-columns: 36px minmax(0, 1fr); gap: 3px 10px }
.points b { text-align: right; font-variant-numeric: tabular-nums }
.plus { color: var(--green) }
.minus { color: var(--red) }
.points span { overflow-wrap: anywhere }
.rows li { display: grid; grid-template-columns: 84px minmax(0, 1fr); gap: 0 12px; align-items: baseline; padding: 4px 0; border-top: 1px solid var(--line) }
.rows li:first-child { border-top: 0 }
.rows .when { color: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap }
.rows .mark { margin-right: 6px }
.source + .source { margin-top: 10px; padding-top: 10px; border-top: 1px solid var(--line) }
.source p { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline }
.source dl { margin-top: 4px; font-size: 14px }
.file .columns { margin-top: 0 }
.file + .file { margin-top: 16px; padding-top: 14px; border-top: 1px solid var(--line) }
.strip { position: relative; height: 26px; margin: 2px 3px 6px; border-bottom: 1px solid var(--line) }
.strip i { position: absolute; bottom: 0; width: 3px; margin-left: -1px; height: 14px; border-radius: 1px 1px 0 0; background: var(--blue) }
.strip .login { height: 22px; background: var(--green) }
.strip .transfer { height: 22px; background: var(--red) }
.strip .forward { height: 18px; background: var(--violet) }
.strip .failed { background: var(--amber) }
.key { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; color: var(--soft) }
.key .end { margin-left: auto }
.key i { display: inline-block; width: 8px; height: 8px; margin-right: 5px; border-radius: 2px }
@media (max-width: 720px) {
  main { padding: 16px 10px 32px }
  .columns { grid-template-columns: minmax(0, 1fr) }
  section, details { padding: 12px }
  .rows li { grid-template-columns: minmax(0, 1fr) }
}
@media print { details::details-content { content-visibility: visible } body { background: none } }
`;
