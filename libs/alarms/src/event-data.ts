/** Typed reading of an event's plain data. A wrong type is a bug of the writer, so it throws. */
import type { AlarmEvent, Told } from '@anlan/contracts';
import { CHANNELS } from '@anlan/contracts';

export type EventData = AlarmEvent['data'];

function fault(key: string, value: unknown): TypeError {
  return new TypeError(`event data ${key} is ${JSON.stringify(value)}`);
}

export function textOf(data: EventData, key: string): string {
  const value = data[key];
  if (typeof value !== 'string') throw fault(key, value);
  return value;
}

export function textOrNull(data: EventData, key: string): string | null {
  return data[key] === null ? null : textOf(data, key);
}

export function numberOf(data: EventData, key: string): number {
  const value = data[key];
  if (typeof value !== 'number') throw fault(key, value);
  return value;
}

export function numberOrNull(data: EventData, key: string): number | null {
  return data[key] === null ? null : numberOf(data, key);
}

export function flagOf(data: EventData, key: string): boolean {
  const value = data[key];
  if (typeof value !== 'boolean') throw fault(key, value);
  return value;
}

/** One of a closed set of words. */
export function wordOf<W extends string>(data: EventData, key: string, words: readonly W[]): W {
  const value = data[key];
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw fault(key, value);
  return word;
}

export function wordOrNull<W extends string>(data: EventData, key: string, words: readonly W[]): W | null {
  return data[key] === null ? null : wordOf(data, key, words);
}

/** `outbox:p1 webhook:p1`: ids hold no blanks. */
export function toldText(told: readonly Told[]): string {
  return told.map(({ personId, channel }) => `${channel}:${personId}`).join(' ');
}

/** Whom this event was told to; nobody when it says nothing. */
export function toldOf(data: EventData): readonly Told[] {
  if (data['told'] === undefined || data['told'] === '') return [];
  return textOf(data, 'told')
    .split(' ')
    .map((part) => {
      const colon = part.indexOf(':');
      const channel = CHANNELS.find((name) => name === part.slice(0, colon));
      if (channel === undefined) throw fault('told', part);
      return { channel, personId: part.slice(colon + 1) };
    });
}
