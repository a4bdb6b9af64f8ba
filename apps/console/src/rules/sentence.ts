/** What a rule does, in plain sentences, for somebody who has to stand by it at night. */
import { ALARM_LEVELS, FAR_HOURS, rankOf, type AlarmLevel, type EntityJson, type RuleKind, type RuleRowJson } from '@anlan/contracts';
import { figure } from '../parts/value.js';
import { isBox, kindOf, levelOf, levelsOf, numberOf, textOf, type Box } from './body.js';
import { durationText, lasts } from './duration.js';
import { gateSentences } from './gate.js';
import type { Say } from './use-rule-words.js';

export type Told = Readonly<{ rule: Pick<RuleRowJson, 'limits' | 'watch'> & EntityJson; say: Say; english: boolean }>;

/** Sentences in the order in which they matter. */
export function sentencesOf(told: Told): readonly string[] {
  const kind = kindOf(told.rule);
  const steps = kind === 'health' ? [] : [...delaySentences(told), ...gateSentences(told.rule, told.say)];
  return [HEADS[kind](told), ...steps].filter((sentence) => sentence !== '');
}

/** What it watches: the quantities by name. */
export function quantityOf({ rule: { watch }, say, english }: Told): string {
  const names = watch.metrics.map(({ name, nameEn }) => (english ? (nameEn ?? name) : name));
  if (names.length === 0) return say('sentence.point');
  return names.length <= 3 ? names.join(say('sentence.comma')) : say('sentence.many', { first: names[0], n: names.length });
}

/** Unit of the limits: that of the readings for thresholds, of the score for other kinds; empty where a limit is no quantity. */
export function limitUnit(rule: Told['rule'], say: Say): string {
  switch (kindOf(rule)) {
    case 'threshold':
      return readingUnit(rule);
    case 'rate':
      return textOf(rule['perUnit']) ?? '';
    case 'forecast':
      // Hours are written as times: five minutes are no 0.08 h.
      return '';
    case 'baseline':
      return rule['excess'] === 'absolute' ? readingUnit(rule) : say('unit.spreads');
    case 'shift':
      return say('unit.times');
    case 'accel':
    case 'vote':
    case 'health':
      return '';
  }
}

function readingUnit({ watch }: Told['rule']): string {
  const units = [...new Set(watch.metrics.map(({ unit }) => unit))];
  return units.length === 1 ? (units[0] ?? '') : '';
}

/** A limit as it is read; of a forecast the time that is left. */
export function limitFigure(rule: EntityJson, n: number, say: Say): string {
  if (kindOf(rule) !== 'forecast' || n >= FAR_HOURS) return figure(n);
  const minutes = Math.round(n * 60);
  return minutes < 1
    ? say('dur.s', { n: Math.round(n * 3_600) })
    : minutes % 60 === 0 || minutes > 600
      ? say('dur.h', { n: figure(n) })
      : say('dur.m', { n: minutes });
}

/** Whether the numbers of its limits say something to people; a vote and a stage of movement are ranks inside. */
export function hasFigures(kind: RuleKind): boolean {
  return kind !== 'accel' && kind !== 'vote' && kind !== 'health';
}

/** `≥ 25 %LEL 报红色，≥ 20 %LEL 报橙色`, gravest first. */
function limitsText(told: Told): string {
  const { rule, say } = told;
  const unit = limitUnit(rule, say);
  const low = rule['side'] === 'low' || kindOf(rule) === 'forecast';
  const number = (n: number): string => `${limitFigure(rule, n, say)}${unit === '' ? '' : ` ${unit}`}`;
  const beyond = ({ at, high, low: under }: RuleRowJson['limits'][number]): string =>
    at === undefined ? say('sentence.outside', { high: number(high ?? 0), low: number(under ?? 0) }) : `${low ? '≤' : '≥'} ${number(at)}`;
  return gravestFirst(rule.limits)
    .map((limit) => say('sentence.limit', { limit: beyond(limit), level: say(`level.${limit.level}`) }))
    .join(say('sentence.comma'));
}

const gravestFirst = (limits: RuleRowJson['limits']): RuleRowJson['limits'] =>
  [...limits].sort((a, b) => rankOf(b.level) - rankOf(a.level));

const head =
  (key: 'threshold' | 'rate' | 'baseline' | 'shift', holes: (told: Told) => Readonly<Record<string, string>>) =>
  (told: Told): string =>
    told.say(`sentence.${key}`, { what: quantityOf(told), limits: limitsText(told), ...holes(told) });

const HEADS = {
  threshold: head('threshold', () => ({})),
  rate: head('rate', ({ rule, say }) => ({
    window: durationText(rule['window'], say),
    way: say(`way.${wayOf(rule['direction'])}`),
  })),
  baseline: head('baseline', ({ rule, say }) => ({
    way: say(`off.${wayOf(rule['direction'])}`),
    season: say(`season.${seasonOf(rule['season'])}`),
  })),
  shift: head('shift', ({ rule, say }) => ({ way: say(`way.${wayOf(rule['direction'])}`) })),
  forecast: forecastHead,
  accel: (told) =>
    told.say('sentence.accel', {
      what: quantityOf(told),
      levels: coloursText(
        told.rule.limits.map(({ level }) => level),
        told.say,
      ),
    }),
  vote: voteHead,
  health: healthHead,
} as const satisfies Record<RuleKind, (told: Told) => string>;

function wayOf(value: unknown): 'rise' | 'fall' | 'both' {
  return value === 'rise' || value === 'fall' ? value : 'both';
}
function seasonOf(value: unknown): 'hourOfDay' | 'none' | 'hourOfWeek' {
  return value === 'hourOfDay' || value === 'none' ? value : 'hourOfWeek';
}

function coloursText(levels: readonly AlarmLevel[], say: Say): string {
  return [...ALARM_LEVELS]
    .reverse()
    .filter((level) => levels.includes(level))
    .map((level) => say(`level.${level}`))
    .join(say('sentence.and'));
}

function forecastHead(told: Told): string {
  const { rule, say } = told;
  const target = isBox(rule['target']) ? rule['target'] : {};
  const at = numberOf(target['at']);
  const level = levelOf(target['level']);
  const goal =
    at === undefined
      ? say('sentence.targetRef', { rule: textOf(target['ref']) ?? '—', level: level === undefined ? '' : say(`level.${level}`) })
      : `${figure(at)} ${readingUnit(rule)}`;
  return say('sentence.forecast', { what: quantityOf(told), goal, limits: limitsText(told) });
}

function voteHead({ rule, say }: Told): string {
  const k = numberOf(rule['k']);
  if (k !== undefined) return say('sentence.voteK', { k, n: rule.watch.points });
  const rows: readonly unknown[] = Array.isArray(rule['rollup']) ? rule['rollup'] : [];
  if (rows.length === 0)
    return say('sentence.voteWhen', { level: levelOf(rule['gives']) === undefined ? '' : say(`level.${levelOf(rule['gives']) ?? 'red'}`) });
  const row = ({ need, of, gives }: Box): string =>
    say('sentence.voteRow', {
      need: numberOf(need) ?? 1,
      of: say(`level.${levelOf(of) ?? 'blue'}`),
      gives: say(`level.${levelOf(gives) ?? 'red'}`),
    });
  return say('sentence.voteRollup', { rows: rows.filter(isBox).map(row).join(say('sentence.comma')) });
}

function healthHead({ rule, say }: Told): string {
  const part = (key: 'stale' | 'flatline' | 'clockSkew', span: string, usual: string | undefined): string | undefined => {
    const given = rule[key];
    if (given === undefined && usual === undefined) return undefined;
    const box: Box = isBox(given) ? given : { [span]: given };
    const level = say(`level.${levelOf(box['level']) ?? 'yellow'}`);
    return say(`sentence.${key}`, { d: durationText(box[span] ?? usual, say), level });
  };
  return [part('stale', 'after', '3x'), part('flatline', 'for', undefined), part('clockSkew', 'over', '5m')]
    .filter((text) => text !== undefined)
    .join(say('sentence.semicolon'))
    .concat(say('sentence.stop'));
}

/** How long before it speaks, and when it is over; in words only where all levels say the same. */
function delaySentences({ rule, say }: Told): readonly string[] {
  const levels = levelsOf(rule);
  const on = [...new Set(levels.map((level) => onText(level, say)))];
  const off = [...new Set(levels.map((level) => offText(level, say)))];
  const latching = levels.filter((level) => level['latching'] === true).map(({ level }) => level);
  if (levels.length === 0) return [];
  const differ = on.length > 1 && off.length > 1;
  return [
    differ ? say('sentence.bothDiffer') : on.length === 1 ? (on[0] ?? '') : say('sentence.onDiffers'),
    differ ? '' : off.length === 1 ? (off[0] ?? '') : say('sentence.offDiffers'),
    latching.length > 0 ? say('sentence.latching', { levels: coloursText(latching, say) }) : '',
  ];
}

function onText(level: Box, say: Say): string {
  const times = numberOf(level['onCount']) ?? 1;
  const parts = [
    ...(lasts(level['onDelay']) ? [say('sentence.for', { d: durationText(level['onDelay'], say) })] : []),
    ...(times > 1 ? [say('sentence.times', { n: times })] : []),
  ];
  return parts.length === 0 ? say('sentence.atOnce') : say('sentence.on', { how: parts.join(say('sentence.and')) });
}

function offText(level: Box, say: Say): string {
  const times = numberOf(level['offCount']) ?? 1;
  const parts = [
    ...(lasts(level['offDelay']) ? [say('sentence.for', { d: durationText(level['offDelay'], say) })] : []),
    ...(times > 1 ? [say('sentence.times', { n: times })] : []),
  ];
  return parts.length === 0 ? say('sentence.offAtOnce') : say('sentence.off', { how: parts.join(say('sentence.and')) });
}
