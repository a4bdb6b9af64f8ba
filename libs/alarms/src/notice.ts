/**
 * The words of a message, Chinese and English (wording after `domain-standards` 7.3). Names come from people and devices,
 * so every sink gets them plain: no control characters, no brackets that messages use themselves, nothing that looks like a link (S-55).
 */
import {
  HEALTH_KINDS,
  LEVELS,
  type AlarmKind,
  type AlarmLevel,
  type Level,
  type Millis,
  type Notification,
  type NoticeKind,
  type Said,
} from '@anlan/contracts';
import type { PlaceNames } from './place.js';
import { RESPONSE } from './response.js';

/** What a message is about. `t` is event time of the first breach; `step` counts reminders. */
export type NoticeFacts = Readonly<{
  kind: NoticeKind;
  level: AlarmLevel;
  peakLevel: AlarmLevel;
  alarmKind: AlarmKind;
  names: PlaceNames;
  value: number;
  unit: string;
  reason: Said;
  no: string;
  t: Millis;
  step: number;
}>;

export const LEVEL_WORDS = {
  blue: { zh: '蓝色', en: 'BLUE' },
  yellow: { zh: '黄色', en: 'YELLOW' },
  orange: { zh: '橙色', en: 'ORANGE' },
  red: { zh: '红色', en: 'RED' },
} as const satisfies Record<AlarmLevel, Said>;

/** One short message of a phone in Chinese. */
const SHORT_MESSAGE_CHARACTERS = 70;
const MAX_NAME_CHARACTERS = 14;
const MAX_DIGEST_LINES = 5;
const CHINA_OFFSET_MS = 8 * 3_600_000;
const SIGNIFICANT_DIGITS = 6;

/** Text of strangers made safe for every sink, cut by code point. */
export function plain(text: string, maxCharacters: number): string {
  const clean = text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[【】[\]`*|]/gu, ' ')
    .replace(/</gu, '＜')
    .replace(/>/gu, '＞')
    .replace(/:\/\//gu, ' ')
    .replace(/ +/gu, ' ')
    .trim();
  const characters = [...clean];
  return characters.length <= maxCharacters ? clean : `${characters.slice(0, maxCharacters - 1).join('')}…`;
}

/** `09:12` of 1 June as `06-01 09:12`, China time. */
function clockText(t: Millis): string {
  return new Date(t + CHINA_OFFSET_MS).toISOString().slice(5, 16).replace('T', ' ');
}

function valueText({ value, unit }: NoticeFacts): string {
  return `${Number(value.toPrecision(SIGNIFICANT_DIGITS))} ${plain(unit, 12)}`.trim();
}

/** What is wrong, by kind of alarm: the world, or the sensor. */
const WHAT = {
  threshold: (facts) => ({ zh: ` ${valueText(facts)}`, en: ` ${valueText(facts)}` }),
  rate: (facts) => ({ zh: `变化过快 ${valueText(facts)}`, en: ` changing fast ${valueText(facts)}` }),
  // Never one time: the reason says from when to when.
  forecast: () => ({ zh: '预计将超限', en: ': expected to reach its limit' }),
  shift: () => ({ zh: '水平发生偏移', en: ': level has shifted' }),
  baseline: () => ({ zh: '偏离正常规律', en: ': unlike its usual course' }),
  accel: () => ({ zh: '变形加速', en: ': movement accelerating' }),
  vote: () => ({ zh: '多点联合报警', en: ': several points together' }),
  stale: () => ({ zh: '数据中断', en: ': no data' }),
  flatline: () => ({ zh: '读数长时间不变', en: ': reading stuck' }),
  clock_skew: () => ({ zh: '设备时钟偏差', en: ': device clock is wrong' }),
  out_of_range: (facts) => ({ zh: `读数超量程 ${valueText(facts)}`, en: `: out of range ${valueText(facts)}` }),
} as const satisfies Record<AlarmKind, (facts: NoticeFacts) => Said>;

function subject(facts: NoticeFacts): Said {
  const { names, alarmKind } = facts;
  // The value of the breach would read like the present one beside "back to normal".
  const what = facts.kind === 'recovery' && !HEALTH_KINDS.has(alarmKind) ? { zh: '', en: '' } : WHAT[alarmKind](facts);
  const where = `${plain(names.site, MAX_NAME_CHARACTERS)} ${plain(names.asset, MAX_NAME_CHARACTERS)}`.trim();
  return { zh: `${where} ${plain(names.metric, MAX_NAME_CHARACTERS)}${what.zh}`, en: `${where} ${plain(names.metricEn, 30)}${what.en}` };
}

/** `，请2分钟内确认`, where a time is set. */
function pleaseAck(level: AlarmLevel): Said {
  const { ackWithinMs } = RESPONSE[level];
  if (ackWithinMs === null) return { zh: '', en: '' };
  const minutes = ackWithinMs / 60_000;
  return { zh: `，请${minutes}分钟内确认`, en: `. Acknowledge within ${minutes} min` };
}

type Wording = (facts: NoticeFacts, about: Said) => Said;

const asking =
  (zhHead: (word: string) => string, enHead: (word: string) => string): Wording =>
  (facts, about) => {
    const word = LEVEL_WORDS[facts.level];
    const please = pleaseAck(facts.level);
    return {
      zh: `${zhHead(word.zh)}${about.zh}${please.zh}。编号${facts.no}`,
      en: `${enHead(word.en)}${about.en}${please.en}. No. ${facts.no}`,
    };
  };

const WORDING = {
  raise: asking(
    (word) => `【${word}报警】`,
    (word) => `[${word} ALARM] `,
  ),
  rise: asking(
    (word) => `【升级为${word}报警】`,
    (word) => `[RAISED TO ${word}] `,
  ),
  re_alarm: asking(
    (word) => `【${word}仍在报警】`,
    (word) => `[STILL ${word}] `,
  ),
  shelf_ended: asking(
    (word) => `【搁置结束，${word}仍在报警】`,
    (word) => `[SHELF ENDED, STILL ${word}] `,
  ),
  data_stale: asking(
    (word) => `【${word}报警中数据中断】`,
    (word) => `[DATA LOST DURING ${word}] `,
  ),
  ack_overdue: (facts, about) => ({
    zh: `【${LEVEL_WORDS[facts.level].zh}报警超时未确认】${about.zh}，第${facts.step}次提醒。编号${facts.no}`,
    en: `[${LEVEL_WORDS[facts.level].en} NOT ACKNOWLEDGED] ${about.en}, reminder ${facts.step}. No. ${facts.no}`,
  }),
  recovery: (facts, about) => ({
    zh: `【报警恢复】${about.zh}，已恢复正常（最高${LEVEL_WORDS[facts.peakLevel].zh}）。编号${facts.no}`,
    en: `[RECOVERED] ${about.en}, back to normal (peak ${LEVEL_WORDS[facts.peakLevel].en}). No. ${facts.no}`,
  }),
  late: (facts, about) => ({
    zh: `【补传发现曾超限】${clockText(facts.t)} ${about.zh}，曾达${LEVEL_WORDS[facts.peakLevel].zh}，请核查。编号${facts.no}`,
    en: `[FOUND IN LATE DATA] ${clockText(facts.t)} (UTC+8) ${about.en} had reached ${LEVEL_WORDS[facts.peakLevel].en}. No. ${facts.no}`,
  }),
} as const satisfies Record<NoticeKind, Wording>;

/** The message in both languages. The reason goes in where one short message has room for it. */
export function renderNotice(facts: NoticeFacts): Said {
  const about = subject(facts);
  const wording = WORDING[facts.kind];
  const short = wording(facts, about);
  const reason = { zh: plain(facts.reason.zh, 40), en: plain(facts.reason.en, 60) };
  if (reason.zh === '' || facts.kind === 'recovery') return short;
  const full = wording(facts, { zh: `${about.zh}（${reason.zh}）`, en: `${about.en} (${reason.en})` });
  return { zh: [...full.zh].length <= SHORT_MESSAGE_CHARACTERS ? full.zh : short.zh, en: full.en };
}

/** Chinese first line, English second: what a notification row carries. */
export function noticeText(facts: NoticeFacts): string {
  const { zh, en } = renderNotice(facts);
  return `${zh}\n${en}`;
}

/** What a digest says of one alarm: its newest message. */
type DigestRow = Pick<Notification, 'alarmId' | 'level' | 'text' | 'createdAt'>;
const SHOWN_WORDS = { ...LEVEL_WORDS, normal: { zh: '已恢复', en: 'RECOVERED' } } as const satisfies Record<Level, Said>;

/**
 * Many small messages of one person as one: each alarm once, counted by what it shows now (`shown`; absent: what its message says), gravest first,
 * then the first few in full. A message that is older than what the alarm shows is said to be.
 */
export function renderDigest(rows: readonly DigestRow[], shown: ReadonlyMap<string, Level>): string {
  const newest = newestOfEach(rows).map((row) => ({ row, level: shown.get(row.alarmId) ?? row.level }));
  const groups = [...LEVELS].reverse().map((level) => ({ level, of: newest.filter((one) => one.level === level) }));
  const present = groups.filter(({ of }) => of.length > 0);
  const zh = present.map(({ level, of }) => `${SHOWN_WORDS[level].zh}${of.length}`).join('、');
  const en = present.map(({ level, of }) => `${of.length} ${SHOWN_WORDS[level].en}`).join(', ');
  const lines = present
    .flatMap(({ of }) => of)
    .slice(0, MAX_DIGEST_LINES)
    .map(digestLine);
  const more = newest.length - lines.length;
  return [
    `【报警汇总】共${newest.length}条：${zh} / [DIGEST] ${newest.length}: ${en}`,
    ...lines,
    ...(more > 0 ? [`…另有${more}条 / and ${more} more`] : []),
  ].join('\n');
}

/** Alarms that a digest of these messages speaks of. */
export function alarmsIn(rows: readonly Pick<Notification, 'alarmId'>[]): number {
  return new Set(rows.map(({ alarmId }) => alarmId)).size;
}

function newestOfEach(rows: readonly DigestRow[]): readonly DigestRow[] {
  const newest = new Map<string, DigestRow>();
  for (const row of rows) {
    const known = newest.get(row.alarmId);
    if (!known || row.createdAt >= known.createdAt) newest.set(row.alarmId, row);
  }
  return [...newest.values()];
}

function digestLine({ row, level }: Readonly<{ row: DigestRow; level: Level }>): string {
  const [line = ''] = row.text.split('\n');
  return level === row.level || row.text.startsWith('【报警恢复】') ? line : `${line}（现${SHOWN_WORDS[level].zh}）`;
}
