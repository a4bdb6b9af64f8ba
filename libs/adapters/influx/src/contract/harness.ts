import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger, silentMeter } from '@anlan/observability';
import type { Clock } from '@anlan/ports';
import { engineSettings } from '@anlan/testing';
import { type InfluxSeries, type InfluxSeriesDeps, influxSeries } from '../index.js';

export const clock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

let made = 0;
/** A name of its own, so that specs can run beside each other on one store. */
export function ownName(what: string): string {
  made += 1;
  return `spec_${what}_${process.pid}_${Date.now()}_${made}`;
}

/** Token and organisation of the store that the settings name. */
export function account(): Readonly<{ token: string; org: string }> {
  const settings = engineSettings();
  return { token: settings['ANLAN_INFLUX_TOKEN'] ?? '', org: settings['ANLAN_INFLUX_ORG'] ?? 'anlan' };
}

export const quiet = { clock, meter: silentMeter, logger: silentLogger } as const;
export const tagsOf = (pointId: string): Readonly<{ site: string; metric: string }> => ({ site: `site of ${pointId}`, metric: 'gas_ch4' });

export function openSeries(url: string, bucket: string, more: Partial<InfluxSeriesDeps> = {}): InfluxSeries {
  return influxSeries({ url, ...account(), bucket, tagsOf, ...quiet, ...more });
}

/** Waits until `check` holds, at most some seconds. */
export async function until(check: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error('it never came to that');
    await sleep(20);
  }
}
