/** `anlan backtest`: a rule over the past, either of a table with its own rules, or of what a running server has stored. */
import { dirname, resolve } from 'node:path';
import { parseTelemetry, pointSpecsOf, type BacktestJson, type Reading, type TelemetryContext } from '@anlan/contracts';
import { backtest, reportJsonOf, reportOf } from '@anlan/flows';
import { loadPacks, parseYaml, withLines } from '@anlan/packs';
import { api, complaint, type Api } from '../api.js';
import { failed, ok, progressBar, type Io, type Result } from '../io.js';
import { csvRows, type TableRow } from '../table.js';
import { textOf } from '../target.js';
import { isBox, planOf } from './rule-tests.js';

type Report = NonNullable<BacktestJson['report']>;
export type BacktestOptions = Readonly<{
  url?: string;
  rules?: string;
  time?: string;
  zone: string;
  column?: readonly string[];
  rule?: string;
  from?: string;
  to?: string;
  points?: string;
}>;

/** With a table: its columns are points of the file given with `--rules`. Without: `--rule` over the readings of the server. */
export function backtestCommand(io: Io, table: string | undefined, options: BacktestOptions): Promise<Result> {
  return table === undefined ? overHistory(io, options) : overTable(io, table, options);
}

const BATCH = 4_096;
/** Rows are never too new: they are history. */
const FAR_AWAY = 8.64e15;

async function overTable(io: Io, table: string, options: BacktestOptions): Promise<Result> {
  const { rules: rulesFile } = options;
  if (rulesFile === undefined) return failed('--rules FILE says which points the columns are, and the rules');
  const text = await textOf(resolve(io.cwd, rulesFile));
  if (text === undefined) return failed(`no such file: ${rulesFile}`);
  const { value, faults } = parseYaml(text);
  if (faults.length > 0 || !isBox(value)) return failed(`${rulesFile} cannot be read`, { faults });
  const folder = dirname(resolve(io.cwd, rulesFile));
  // A whole bundle serves as it is.
  const given = 'sites' in value ? { bundle: resolve(io.cwd, rulesFile) } : value;
  const plan = await planOf(given, { read: (name) => textOf(resolve(folder, name)), packs: loadPacks() });
  if (plan.faults.length > 0) return failed(`${plan.faults.length} faults in ${rulesFile}`, { faults: withLines(text, plan.faults) });
  const offset = offsetOf(options.zone);
  if (offset === undefined) return failed('--zone is like +08:00');
  const points = [...pointSpecsOf(plan.registry).values()];
  const test = backtest({ activation: { points, rules: plan.rules }, silence: plan.rules.some(({ kind }) => kind === 'health') });
  const context: TelemetryContext = {
    arrivedAt: FAR_AWAY,
    points: new Map(
      points.map(({ pointId: id, min, max }) => [id, { id, ...(min !== undefined && { min }), ...(max !== undefined && { max }) }]),
    ),
    localToUtc: (wall) => wall - offset,
    maxAgeMs: null,
  };
  const read = await readTable(csvRows(resolve(io.cwd, table)), { options, context, feed: test.feed });
  if (typeof read === 'string') return failed(`${table}: ${read}`);
  const report = reportJsonOf(reportOf(test.outcome()));
  const skipped = Object.entries(read).map(([code, count]) => `${count} cells skipped: ${code}`);
  return ok({ report, skipped: read }, [...skipped, ...linesOf(report)].join('\n'));
}

type TableReader = Readonly<{ options: BacktestOptions; context: TelemetryContext; feed(readings: readonly Reading[]): void }>;

/** Cells go through the parser of the platform, as a message a row. Returns how many were refused, by code; a text says why nothing could be read. */
async function readTable(
  rows: AsyncIterable<TableRow>,
  { options, context, feed }: TableReader,
): Promise<Readonly<Record<string, number>> | string> {
  const named = new Map((options.column ?? []).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  const refused: Record<string, number> = {};
  let columns: readonly (readonly [column: string, pointId: string])[] | undefined;
  let time = options.time;
  let batch: Reading[] = [];
  for await (const row of rows) {
    time ??= Object.keys(row)[0] ?? '';
    columns ??= Object.keys(row)
      .map((column) => [column, named.get(column) ?? column] as const)
      .filter(([column, pointId]) => column !== time && context.points.has(pointId));
    if (columns.length === 0)
      return `no column is a point (${[...context.points.keys()].slice(0, 5).join(', ')} …); --column COLUMN=POINT names one`;
    const values: Readonly<Record<string, string | undefined>> = Object.fromEntries(
      columns.filter(([column]) => (row[column] ?? '') !== '').map(([column, pointId]) => [pointId, row[column]] as const),
    );
    if (Object.keys(values).length === 0) continue;
    const parsed = parseTelemetry(JSON.stringify({ t: row[time], values }), context);
    for (const { code } of parsed.refused) refused[code] = (refused[code] ?? 0) + 1;
    batch.push(...parsed.readings);
    if (batch.length < BATCH) continue;
    feed(batch);
    batch = [];
  }
  feed(batch);
  return refused;
}

function offsetOf(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(zone) ?? [];
  return sign === undefined ? undefined : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

const POLL_MS = 500;

async function overHistory(io: Io, { url, rule, from, to, points }: BacktestOptions): Promise<Result> {
  if (rule === undefined || from === undefined || to === undefined) return failed('name --rule, --from and --to, or a table with --rules');
  const body = await ruleOf(io, rule);
  if ('kind' in body) return body;
  const server = await api(io, url);
  const order = { ...body, from, to, ...(points !== undefined && { pointIds: points.split(',') }) };
  const answer = await server.call({ method: 'POST', path: '/api/v1/backtests', body: JSON.stringify(order) });
  if (answer.kind !== 'ok') return complaint(io, server, answer);
  const progress = await progressBar(io, 'backtest', () => performance.now());
  const ended = await followed(io, server, {
    id: (answer.body as BacktestJson).id,
    at: (share) => progress.at(Math.round(share * 100), 100),
  });
  progress.end();
  if ('why' in ended || 'text' in ended) return ended;
  if (ended.state === 'failed' || !ended.report) return failed(`the back-test failed: ${ended.problem ?? 'unknown'}`, { data: ended });
  return ok(ended, [...linesOf(ended.report), ...differenceLines(ended.difference)].join('\n'));
}

/** A rule that stands, by id, or the body in a file. */
async function ruleOf(io: Io, rule: string): Promise<Readonly<{ rule: unknown }> | Result> {
  const text = await textOf(resolve(io.cwd, rule));
  if (text === undefined) return { rule };
  const { value, faults } = parseYaml(text);
  return faults.length > 0 ? failed(`${rule} cannot be read`, { faults }) : { rule: value };
}

async function followed(
  io: Io,
  server: Api,
  { id, at }: Readonly<{ id: string; at(share: number): void }>,
): Promise<BacktestJson | Result> {
  for (;;) {
    const answer = await server.call({ method: 'GET', path: `/api/v1/backtests/${id}` });
    if (answer.kind !== 'ok') return complaint(io, server, answer);
    const job = answer.body as BacktestJson;
    at(job.progress);
    if (job.state === 'done' || job.state === 'failed') return job;
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
}

const MOST_LINES = 100;

function linesOf({ readings, episodes, dropped, byLevel, load, events }: Report): readonly string[] {
  const counts = Object.entries(byLevel).map(([level, count]) => `${level} ${count}`);
  return [
    `${readings} readings, ${episodes.length + dropped} alarms: ${counts.join(', ')}`,
    `per 10 minutes: mean ${load.mean.toFixed(3)}, most ${load.most}, over 10 in ${(100 * load.overTen).toFixed(2)} % of ${load.windows}`,
    ...(events ? [`events: ${events.found.length} found, ${events.missed.length} missed, ${events.falseAlarms} false alarms`] : []),
    ...episodes
      .slice(0, MOST_LINES)
      .map(
        ({ raisedAt, endedAt, peak, pointId, ruleId, reason, retrospective }) =>
          `${raisedAt}  ${endedAt ?? 'stands'.padEnd(24)}  ${peak.padEnd(6)}  ${pointId}  ${ruleId}  ${reason.zh}${retrospective ? '（迟到）' : ''}`,
      ),
    ...(episodes.length + dropped > MOST_LINES ? [`… and ${episodes.length + dropped - MOST_LINES} more (--json tells up to 1 000)`] : []),
  ];
}

function differenceLines(difference: BacktestJson['difference']): readonly string[] {
  if (!difference) return [];
  const { shared, onlyBefore, onlyNow } = difference;
  return [
    `against the version that stands: ${shared.length} of both, ${onlyBefore.length} no longer, ${onlyNow.length} new`,
    ...onlyBefore.slice(0, MOST_LINES).map(({ raisedAt, peak, pointId }) => `- ${raisedAt}  ${peak.padEnd(6)}  ${pointId}`),
    ...onlyNow.slice(0, MOST_LINES).map(({ raisedAt, peak, pointId }) => `+ ${raisedAt}  ${peak.padEnd(6)}  ${pointId}`),
  ];
}
