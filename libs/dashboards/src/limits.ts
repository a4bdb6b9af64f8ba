import { ALARM_LEVELS, type AlarmLevel } from '@anlan/contracts';
import { amountInWords, sourceOf, type TemplateLevel, type ThresholdTemplate } from '@anlan/packs';
import { ThresholdsConfigBuilder, ThresholdsMode, type Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { LEVEL_COLOUR, LEVEL_NAME, NEUTRAL } from './colours.js';

/** Thresholds without a limit: neutral everywhere. */
export const NO_LIMITS: readonly Threshold[] = [{ value: null, color: NEUTRAL }];

/**
 * Threshold steps of a panel from a pack's limits, in rising order as Grafana wants them. A template whose limits are an
 * asset's own numbers has none: one line across many assets would be wrong for most of them.
 */
export function stepsOf(template: ThresholdTemplate | undefined): readonly Threshold[] {
  if (template === undefined) return NO_LIMITS;
  const above = ALARM_LEVELS.flatMap((level) => limitOf(template, level, template.side === 'both' ? 'high' : 'at'));
  switch (template.side) {
    case 'high':
      return [...NO_LIMITS, ...above];
    case 'low':
      return falling(above);
    case 'both': {
      const below = ALARM_LEVELS.flatMap((level) => limitOf(template, level, 'low'));
      return [...falling(below), ...above];
    }
  }
}

function limitOf(template: ThresholdTemplate, level: AlarmLevel, side: 'at' | 'high' | 'low'): readonly Threshold[] {
  const value = template.levels.find((one) => one.level === level)?.[side];
  return typeof value === 'number' ? [{ value, color: LEVEL_COLOUR[level] }] : [];
}

/** A step colours what lies above it, a low limit what lies below: each limit takes the colour of the next milder level. */
function falling(limits: readonly Threshold[]): readonly Threshold[] {
  const worstFirst = [...limits].reverse();
  const [worst] = worstFirst;
  if (worst === undefined) return NO_LIMITS;
  const milder = [...worstFirst.slice(1).map(({ color }) => color), NEUTRAL];
  return [{ value: null, color: worst.color }, ...worstFirst.map(({ value }, i) => ({ value, color: milder[i] ?? NEUTRAL }))];
}

/** As a builder. */
export function thresholds(steps: readonly Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]);
}

/** The limits in words, with where each comes from: `≥ 1（黄）… 来源：黄 GB/T 50493-2019 5.5.2；蓝 平台推荐值`. */
export function limitsInWords(template: ThresholdTemplate): string {
  const words = template.levels.map((level) => `${LEVEL_NAME[level.level]} ${conditionOf(template, level)}`).join('，');
  const own = Object.values(template.needs ?? {});
  return [
    `${template.name}：${words}。`,
    own.length > 0 ? `限值按每个设施自己的数（${own.join('、')}）计算，故图上不画统一限值线。` : '',
    `来源：${sourceOf(template)}。`,
  ].join('');
}

function conditionOf({ side, needs }: ThresholdTemplate, { at, high, low }: TemplateLevel): string {
  const say = (amount: TemplateLevel['at']): string => amountInWords(amount, needs);
  switch (side) {
    case 'high':
      return `≥ ${say(at)}`;
    case 'low':
      return `≤ ${say(at)}`;
    case 'both':
      return `≥ ${say(high)} 或 ≤ ${say(low)}`;
  }
}
