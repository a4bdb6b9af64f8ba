/** Standard Webhooks signatures (https://www.standardwebhooks.com, version 1). */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/** The key in `whsec_…`. Throws where it is none, so that a bad setting stops the start. */
export function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '', 'base64');
  if (key.length < MIN_SECRET_BYTES || key.length > MAX_SECRET_BYTES)
    throw new RangeError(`a webhook secret is ${PREFIX} and base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes`);
  return key;
}

/** `v1,…` for each key, newest first, so that a receiver may know either while keys are changed. `timestamp` in seconds. */
export function signatureOf(keys: readonly Buffer[], id: string, timestamp: number, body: string): string {
  return keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`).join(' ');
}
