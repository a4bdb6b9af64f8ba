/**
 * When a point will reach a limit (AS 4.5, gated by 4.3).
 *
 * Foretold is only what has a trend: a line through the window or its last part is significant although readings remember each other, it changes by at
 * least three times the noise, points at the limit, does not slow down so as to come to rest before it, does not by habit turn back, and all that in k of the last n evaluations.
 * Level and slope follow the readings as Holt's do between evaluations. Cost: O(1) a reading; O(72) at an evaluation, of which a window has at most 72.
 */
import { FAR_HOURS, type ForecastRule } from '@anlan/contracts';
import type { Detector, Input } from '../../detector.js';
import { createBand, reachOfBand, type Band, type BandState } from '../../estimate/band.js';
import { learnHabit, loadHabit, startHabit, type Habit, type SavedHabit } from '../../estimate/habit.js';
import { beginHolt, holtTerms, startHolt, stepHolt, type Holt, type HoltTerms } from '../../estimate/holt.js';
import { lineOf, startOls, stepOls, valueOnLine, type Ols } from '../../estimate/ols.js';
import type { Kind } from '../kind.js';
import { AHEAD, foretell, HABIT_WINDOWS, LEAST_POINTS, type Course, type Foretold } from './foretell.js';
import { FORECAST_KEYS, parseForecast } from './parse-forecast.js';
import { drawForecast, sayAway, sayForecast } from './say-forecast.js';

export type ForecastState = {
  ols: Ols;
  holt: Holt;
  habit: Habit;
  band: BandState | null;
  /** Evaluations, youngest in bit 0: 1 for each that foretold. */
  votes: number;
  /** The last one that did. */
  last: Foretold | null;
};

const HOUR_MS = 3_600_000;
/** AS 4.5. */
const BETA = 0.05;
/** AS 4.3: share of the window that must be covered. A gap of half of it begins anew. */
const COVERAGE = 0.7;
const HOLE = 0.5;

export const forecast: Kind<'forecast', ForecastState> = {
  keys: FORECAST_KEYS,
  parse: parseForecast,
  detector: detectorOf,
  // The target is a limit, not a memory: another one is judged from the same course.
  shape: ({ target, horizonMs, windowMs, tauMs, confirm, significance, memory, detrend }) => [
    target.side,
    horizonMs,
    windowMs,
    tauMs,
    confirm,
    significance,
    memory,
    detrend,
  ],
  reach: ({ windowMs, detrend }, intervalMs) => Math.max(HABIT_WINDOWS * windowMs, detrend ? reachOfBand(detrend, intervalMs) : 0),
};

type Terms = Readonly<{ rule: ForecastRule; band: Band | null; holt: HoltTerms; lists: Course['lists'] }>;

function detectorOf(rule: ForecastRule): Detector<ForecastState> {
  const terms: Terms = {
    rule,
    band: rule.detrend ? createBand(rule.detrend) : null,
    holt: holtTerms(rule.tauMs, BETA),
    lists: { ts: [], vs: [] },
  };
  return {
    unit: () => 'h',
    start: () => ({ ols: startOls(), holt: startHolt(), habit: startHabit(), band: terms.band?.start() ?? null, votes: 0, last: null }),
    step: (state, input) => step(terms, state, input),
    explain: ({ last }, about) => sayForecast(rule, last, about),
    clear: (about) => sayAway(rule, about),
    evidence: ({ last }) => (last ? drawForecast(rule, last) : undefined),
    save: (state) => state,
    load: (saved) => loaded(saved as Saved),
  };
}

type Saved = Omit<ForecastState, 'habit'> & Readonly<{ habit: SavedHabit }>;

function loaded(saved: Saved): ForecastState {
  return { ...saved, habit: loadHabit(saved.habit) };
}

function step(terms: Terms, state: ForecastState, input: Input): number | undefined {
  const { rule, band } = terms;
  const usual = band && state.band ? band.step(state.band, input) : undefined;
  if (!input.certain || (band && !usual)) return undefined;
  if (state.ols.open && input.t - state.ols.open.t > HOLE * rule.windowMs) {
    state.ols = startOls();
    state.holt = startHolt();
    state.votes = 0;
  }
  const { ols, holt } = state;
  const season = usual?.centre ?? 0;
  const sample = { t: input.t, v: input.v - season };
  const before = ols.open?.first;
  stepOls(ols, sample, rule.windowMs);
  learnHabit(state.habit, sample, HABIT_WINDOWS * rule.windowMs);
  if (holt.n > 0) stepHolt(holt, sample, terms.holt);
  return ols.open?.first === before ? undefined : evaluate(terms, state, { input, season });
}

function evaluate(terms: Terms, state: ForecastState, { input, season }: Readonly<{ input: Input; season: number }>): number | undefined {
  const { rule, band } = terms;
  const { holt, ols, habit } = state;
  const whole = lineOf(ols, rule.windowMs);
  if (!whole || whole.n < LEAST_POINTS || whole.to - whole.from < COVERAGE * rule.windowMs) return undefined;
  if (holt.n === 0) beginHolt(holt, { t: input.t, level: valueOnLine(whole, input.t), slope: whole.slope });
  const seasonAt = (t: number): number => (band && state.band ? (band.at(state.band, t)?.centre ?? 0) : 0);
  const found = foretell(rule, { ols, holt, habit, whole, seasonAt, hasSeason: band !== null, t: input.t, lists: terms.lists });
  state.votes = ((state.votes << 1) | (found ? 1 : 0)) & ((1 << rule.confirm.n) - 1);
  // What has been reached is the threshold's to say; a forecast that stands goes on until the value turns.
  if (AHEAD[rule.target.side] * (holt.level + season - rule.target.at) >= 0) return input.open ? 0 : FAR_HOURS;
  if (bitsOf(state.votes) < (input.open ? 1 : rule.confirm.k)) return FAR_HOURS;
  // Some of the last evaluations say so and this one does not know: the score before holds.
  if (!found) return undefined;
  state.last = found;
  return found.crossing.middle / HOUR_MS;
}

function bitsOf(votes: number): number {
  let count = 0;
  for (let rest = votes; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
