import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { silentLogger } from '@anlan/observability';
import type { Flow } from '@anlan/ports';
import { FlowStrategy, drainInOrder, isZone, nestLogger, sha256, systemClock, zoneOffsets } from './index.js';

const local = (text: string): number => Date.parse(`${text}Z`);

describe('zoneOffsets', () => {
  const zones = zoneOffsets();
  test.each([
    ['Asia/Shanghai', '2026-03-01T08:00:00', '2026-03-01T00:00:00.000Z'],
    ['Asia/Kolkata', '2026-03-01T05:30:00', '2026-03-01T00:00:00.000Z'],
    ['UTC', '2026-03-01T05:30:00', '2026-03-01T05:30:00.000Z'],
    ['America/New_York', '2026-01-15T12:00:00', '2026-01-15T17:00:00.000Z'],
    ['America/New_York', '2026-07-15T12:00:00', '2026-07-15T16:00:00.000Z'],
    // The hour that occurs twice: the first of both.
    ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z'],
    // The hour that is leapt over: moved on by an hour.
    ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00.000Z'],
    ['Pacific/Apia', '2011-12-31T00:00:00', '2011-12-30T10:00:00.000Z'],
    ['Australia/Lord_Howe', '2025-10-05T12:00:00', '2025-10-05T01:00:00.000Z'],
    // China had summer time until 1991.
    ['Asia/Shanghai', '1988-06-01T09:00:00', '1988-06-01T00:00:00.000Z'],
    ['Asia/Shanghai', '1990-07-01T12:00:00', '1990-07-01T03:00:00.000Z'],
  ])('%s %s is %s', (zone, wall, moment) => expect(new Date(zones(zone)(local(wall)) ?? Number.NaN).toISOString()).toBe(moment));

  test('keeps milliseconds and is the inverse of the zone everywhere but in the leaps', () => {
    const toUtc = zones('Europe/Berlin');
    for (let at = local('2026-01-01T00:00:00') + 123; at < local('2027-01-01T00:00:00'); at += 401 * 60_000 + 7) {
      const wall = Date.parse(`${new Date(at).toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' }).replace(' ', 'T')}Z`) + (at % 1_000);
      const back = toUtc(wall);
      expect([0, 3_600_000]).toContain(at - (back ?? Number.NaN));
    }
  });

  test('every hour of a year maps to a moment that reads back as that hour, but for the one that is leapt over', () => {
    const toUtc = zones('Europe/Berlin');
    const berlin = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'medium' });
    const wrong: string[] = [];
    for (let hour = local('2025-01-01T00:00:00'); hour < local('2026-01-01T00:00:00'); hour += 3_600_000) {
      const back = berlin.format(toUtc(hour));
      if (local(back.replace(' ', 'T')) !== hour) wrong.push(back);
    }
    expect(wrong).toEqual(['2025-03-30 03:00:00']);
  });

  test('an unknown zone gives nothing', () => expect(zones('Mars/Base')(0)).toBeUndefined());
  test('tells zones from other texts', () =>
    expect(['Asia/Shanghai', 'Mars/Base', '', 'UTC'].map(isZone)).toEqual([true, false, false, true]));
});

function flowOf(steps: string[], start?: () => Promise<void>): Flow {
  return {
    name: 'sample',
    start: start ?? (async () => void steps.push('started')),
    drain: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      steps.push('drained');
    },
    health: () => ({ ok: true, lag: 0, detail: '' }),
  };
}

class Empty {}
Module({})(Empty);

describe('FlowStrategy', () => {
  test('Nest starts the flow with the microservice and drains it at close', async () => {
    const steps: string[] = [];
    const app = await NestFactory.createMicroservice(Empty, {
      strategy: new FlowStrategy(flowOf(steps)),
      logger: nestLogger(silentLogger),
    });
    await app.listen();
    expect(steps).toEqual(['started']);
    await app.close();
    expect(steps).toEqual(['started', 'drained']);
  });

  test('a second close waits for the first and drains once', async () => {
    const steps: string[] = [];
    const strategy = new FlowStrategy(flowOf(steps));
    await Promise.all([strategy.close(), strategy.close()]);
    expect(steps).toEqual(['drained']);
  });
});

describe('drainInOrder', () => {
  const deps = { clock: systemClock(), logger: silentLogger, withinMs: 200 };
  test('ends steps in order, and one that fails does not keep the next from ending', async () => {
    const steps: string[] = [];
    const left = await drainInOrder(
      [
        { name: 'a', drain: async () => void steps.push('a') },
        { name: 'b', drain: () => Promise.reject(new Error('no')) },
        { name: 'c', drain: async () => void steps.push('c') },
      ],
      deps,
    );
    expect([steps, left]).toEqual([['a', 'c'], ['b']]);
  });

  test('gives up what hangs', async () => {
    const left = await drainInOrder(
      [
        { name: 'hangs', drain: () => new Promise(() => undefined) },
        { name: 'after', drain: async () => undefined },
      ],
      deps,
    );
    expect(left).toEqual(['hangs', 'after']);
  });
});

test('sha256 is the one of the books', () =>
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'));
