import type { AlarmJson, AlarmLevel } from '@anlan/contracts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text that no browser takes for markup. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (mark) => ESCAPES[mark] ?? '');
}

const LEVEL_WORDS = { blue: '蓝色 · 四级', yellow: '黄色 · 三级', orange: '橙色 · 二级', red: '红色 · 一级' } as const satisfies Record<
  AlarmLevel,
  string
>;
const PROCESS_WORDS = {
  pending: '待确认超限',
  active: '正在报警',
  recovering: '恢复中',
  normal: '已恢复正常',
  latched: '已锁存',
} as const satisfies Record<AlarmJson['process'], string>;
const ACK_WORDS = { none: '无需确认', unacked: '尚未确认', acked: '已确认' } as const satisfies Record<AlarmJson['ack'], string>;

/** What the holder of a link can still do. */
export type FieldState =
  | Readonly<{ kind: 'may_act' }>
  | Readonly<{ kind: 'done'; text: string }>
  | Readonly<{ kind: 'over' }>
  | Readonly<{ kind: 'refused'; text: string }>;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><link rel="stylesheet" href="/field.css"></head>
<body><main>${body}</main></body></html>
`;
}

const TIME = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const SIGNIFICANT_DIGITS = 6;
const at = (iso: string): string => TIME.format(new Date(iso));

function judged({ value, unit }: AlarmJson): string {
  return `${Number(value.toPrecision(SIGNIFICANT_DIGITS))} ${unit}`;
}

/** What was judged is not shown where it is only the number of the level. */
function facts(alarm: AlarmJson): string {
  const rows: readonly (readonly [string, string])[] = [
    ['地点', [alarm.place?.region, alarm.place?.site, alarm.place?.asset].filter(Boolean).join(' · ') || alarm.siteId],
    ['监测项', alarm.place?.point ?? alarm.pointId],
    ...(alarm.kind === 'accel' || alarm.kind === 'vote' ? [] : [['判定值', judged(alarm)] as const]),
    ['原因', alarm.reason],
    ['发生', at(alarm.raisedAt)],
    ['状态', PROCESS_WORDS[alarm.process]],
    ['确认', ACK_WORDS[alarm.ack]],
  ];
  return `<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;
}

function actOf(state: FieldState, grave: boolean): string {
  switch (state.kind) {
    case 'may_act':
      return `<form method="post"><button type="submit">我已知晓，确认报警</button></form>${grave ? '<p class="hint">红色报警须在 10 分钟内登录平台再次确认，否则继续催办。</p>' : ''}`;
    case 'done':
      return `<p class="done" role="status">${escapeHtml(state.text)}</p>`;
    case 'over':
      return '<p class="hint">确认时限已过，请登录平台处理。</p>';
    case 'refused':
      return `<p class="hint" role="alert">${escapeHtml(state.text)}</p>`;
  }
}

/** The page of a link: what happened, where, and one button. Works without script. */
export function fieldPage(alarm: AlarmJson, recipient: string, state: FieldState): string {
  const title = `${LEVEL_WORDS[alarm.level]} 报警 ${alarm.no}`;
  return page(
    title,
    `<h1 class="${alarm.level}">${escapeHtml(title)}</h1>${facts(alarm)}${actOf(state, alarm.level === 'red')}<footer>安澜 · ${escapeHtml(recipient)}</footer>`,
  );
}

/** One page for every miss: unknown, expired, withdrawn, or of an alarm that is gone. */
export function missPage(): string {
  return page('链接无效', '<h1>链接无效或已过期</h1><p>请使用最新一条短信中的链接，或登录平台。</p>');
}

export const FIELD_STYLE = `:root{color-scheme:light dark}
body{margin:0;font:16px/1.6 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;background:#f4f6f8;color:#1b2733}
main{max-width:34rem;margin:0 auto;padding:1rem}
h1{font-size:1.25rem;margin:0 0 1rem;padding:.9rem 1rem;border-radius:.5rem;background:#dfe5ea}
h1.blue{background:#1f5fbf;color:#fff}h1.yellow{background:#f2c200;color:#1b2733}h1.orange{background:#d95f02;color:#fff}h1.red{background:#b3161b;color:#fff}
dl{display:grid;grid-template-columns:5rem 1fr;gap:.5rem 1rem;margin:0 0 1.25rem;padding:1rem;background:#fff;border-radius:.5rem}
dt{color:#5a6872}dd{margin:0;overflow-wrap:anywhere}
button{width:100%;min-height:3.25rem;font:inherit;font-weight:600;color:#fff;background:#14477f;border:0;border-radius:.5rem}
button:focus-visible{outline:3px solid #f2c200;outline-offset:2px}
.done{padding:1rem;background:#dff3e4;color:#0d4a20;border-radius:.5rem}.hint{color:#5a6872}
footer{margin-top:1.5rem;color:#5a6872;font-size:.875rem}
@media (prefers-color-scheme:dark){body{background:#10161c;color:#e8eef3}dl{background:#1a232c}dt,.hint,footer{color:#9fb0bd}}
`;
