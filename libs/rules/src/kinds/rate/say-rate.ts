import type { Evidence, RateRule, Said } from '@anlan/contracts';
import type { About } from '../../detector.js';
import { brief, fine, stretch } from '../../figures.js';
import type { Gauged } from './gauge.js';

/** Why: how fast, over what time, against which limit, and how far beyond noise. */
export function sayRate(rule: RateRule, last: Gauged | null, about: About): Said {
  const { score, limit } = about;
  const { perUnit } = rule;
  if (!last) return { zh: `变化速率 ${brief(score)} ${perUnit}`, en: `changing at ${brief(score)} ${perUnit}` };
  const way = last.rate < 0 ? { zh: '下降', en: 'falling' } : { zh: '上升', en: 'rising' };
  if (rule.estimator === 'difference') return sayDifference(rule, last, { ...about, way });
  const took = stretch(last.to - last.from);
  const against = sayLimit(score, limit, perUnit);
  const noise = last.sd > 0 && Number.isFinite(last.sd) ? brief(Math.abs(last.rate) / last.sd) : undefined;
  return {
    zh: `近 ${took} ${way.zh}速率 ${brief(score)} ${perUnit}${against.zh}${noise ? `，为噪声的 ${noise} 倍` : ''}`,
    en: `${way.en} at ${brief(score)} ${perUnit} over the last ${took}${against.en}${noise ? `; ${noise} times its noise` : ''}`,
  };
}

/** From what to what within what time, and what is allowed in the whole window. */
function sayDifference(
  { windowMs }: RateRule,
  { at, change = 0, from, to }: Gauged,
  { score, limit, pointUnit, way }: About & Readonly<{ way: Said }>,
): Said {
  const took = stretch(to - from);
  const window = stretch(windowMs);
  const against = sayLimit(score, limit, pointUnit);
  const values = `${fine(at - change, change)} → ${fine(at, change)} ${pointUnit}`;
  const isOver = limit !== undefined && score >= limit;
  return {
    zh: `${took} 内${way.zh} ${brief(score)} ${pointUnit}${against.zh}${isOver ? `（${window} 内限值）` : ''}，${values}`,
    en: `${way.en} by ${brief(score)} ${pointUnit} within ${took}${against.en}${isOver ? ` allowed in ${window}` : ''}; ${values}`,
  };
}

function sayLimit(score: number, limit: number | undefined, unit: string): Said {
  if (limit === undefined) return { zh: '', en: '' };
  if (score < limit) return { zh: '，尚未退出限值回差', en: ', not yet past the deadband' };
  return { zh: ` ≥ ${brief(limit)} ${unit}`, en: `, ≥ ${brief(limit)} ${unit}` };
}

/** The line that was fitted, or the two values that were compared. */
export function evidenceOfRate({ perMs }: RateRule, { rate, change, sd, p, from, to, at }: Gauged): Evidence {
  const start = at - (change ?? rate * (to - from));
  return {
    from,
    to,
    numbers: {
      rate: rate * perMs,
      ...(Number.isFinite(sd) && { rate_sd: sd * perMs }),
      ...(p !== undefined && { p }),
    },
    lines: [
      {
        name: 'slope',
        points: [
          [from, start],
          [to, at],
        ],
      },
    ],
  };
}
