import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Io } from './io.js';
import { isMissing } from './system-error.js';

/** Where the data folder of a standalone server is: `ANLAN_DATA_DIR`, else `./data`. */
export function dataFolder({ env, cwd }: Pick<Io, 'env' | 'cwd'>): string {
  return resolve(cwd, env['ANLAN_DATA_DIR'] || 'data');
}

/** Address of the API: `--url`, `ANLAN_URL`, else this machine at `ANLAN_HTTP_PORT`. */
export function apiUrl({ env }: Pick<Io, 'env'>, given?: string): string {
  return (given || env['ANLAN_URL'] || `http://127.0.0.1:${env['ANLAN_HTTP_PORT'] || '8080'}`).replace(/\/+$/, '');
}

/** Address of the broker: `--mqtt`, `ANLAN_MQTT_URL`, else this machine at `ANLAN_MQTT_PORT`. */
export function mqttUrl({ env }: Pick<Io, 'env'>, given?: string): string {
  return given || env['ANLAN_MQTT_URL'] || `mqtt://127.0.0.1:${env['ANLAN_MQTT_PORT'] || '1883'}`;
}

/** `ANLAN_TOKEN`, else the token that the server left in its data folder for the owner of that folder. */
export async function apiToken(io: Io): Promise<string | undefined> {
  const given = io.env['ANLAN_TOKEN'];
  if (given) return given;
  return (await textOf(tokenFile(io)))?.trim();
}

export const tokenFile = (io: Pick<Io, 'env' | 'cwd'>): string => join(dataFolder(io), 'cli-token');
export const credentialsFile = (io: Pick<Io, 'env' | 'cwd'>): string => join(dataFolder(io), 'demo-secrets.json');

/** Text of a file, or undefined when there is none. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Device credentials as a JSON map from device id to credential. A text says what is wrong. */
export async function readCredentials(path: string): Promise<ReadonlyMap<string, string> | string> {
  const text = await textOf(path);
  if (text === undefined) return `no credentials file ${path} (give one with --credentials: a JSON map from device id to credential)`;
  try {
    const value: unknown = JSON.parse(text);
    const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return `${path} is not JSON`;
  }
}
