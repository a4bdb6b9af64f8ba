/**
 * Device logins. Only the HMAC of a secret is stored; checking is a look-up in memory and one HMAC (about 6 µs), so that
 * thousands of devices may come back at once.
 *
 * S-01  Unknown device, wrong secret and disabled device cost the same work and are told apart by nobody outside.
 */
import type { Credentials } from '@anlan/ports';
import { newSecret, sameBytes, type Keyring } from '../keys.js';
import { chunks, type SqlDatabase, type SqlTx } from '../sql-database.js';
import type { CredentialsTable } from '../tables.js';

type Live = Readonly<{ keyId: string; hmac: Buffer; expiresAt: number | null }>;
/** What an import does to credentials: written in its transaction, shown to devices when it has been committed. */
export type CredentialChanges = Readonly<{
  rows: readonly CredentialsTable[];
  made: readonly Readonly<{ deviceId: string; secret: string }>[];
}>;
export type CredentialBook = Readonly<{
  credentials: Credentials;
  /** Which of the given secrets are new to their device, and a made one for each new device without. */
  changesFor(given: ReadonlyMap<string, string>, newDevices: readonly string[], now: number): CredentialChanges;
  write(tx: SqlTx, changes: CredentialChanges): Promise<void>;
  drop(tx: SqlTx, deviceIds: readonly string[]): Promise<void>;
  /** After the commit. */
  apply(changes: CredentialChanges, dropped: readonly string[]): void;
  takeMade(): readonly Readonly<{ deviceId: string; secret: string }>[];
  close(): void;
}>;
export type CredentialDeps = Readonly<{
  database: SqlDatabase;
  keys: Keyring;
  clock: Readonly<{ now(): number }>;
  isEnabled(deviceId: string): boolean;
}>;

/** Two secrets may be valid during a change of secrets. */
const MAX_LIVE = 2;
const ROWS_A_STATEMENT = 500;

export async function credentialBook({ database, keys, clock, isEnabled }: CredentialDeps): Promise<CredentialBook> {
  const live = new Map<string, readonly Live[]>();
  let made: readonly Readonly<{ deviceId: string; secret: string }>[] = [];
  let closed = false;
  for (const row of await database.db.selectFrom('credentials').selectAll().orderBy('created_at', 'desc').execute()) {
    live.set(row.device_id, [...(live.get(row.device_id) ?? []), liveOf(row)].slice(0, MAX_LIVE));
  }
  const matches = (deviceId: string, secret: Uint8Array): boolean => {
    const stored = live.get(deviceId) ?? [];
    let found = false;
    for (let place = 0; place < MAX_LIVE; place += 1) {
      const entry = stored[place];
      const hmac = keys.deviceHmac(entry?.keyId ?? keys.current, secret);
      const isSame = hmac !== undefined && sameBytes(entry?.hmac ?? EMPTY_HMAC, hmac);
      const isValid = entry !== undefined && (entry.expiresAt === null || entry.expiresAt > clock.now());
      found = (isSame && isValid) || found;
    }
    return found;
  };

  return {
    credentials: {
      verify: (deviceId, secret) => {
        if (closed) return Promise.resolve('unavailable');
        const isKnown = matches(deviceId, secret);
        return Promise.resolve(isKnown && isEnabled(deviceId) ? 'accepted' : 'refused');
      },
    },
    changesFor(given, newDevices, now) {
      const fresh = [...given].filter(([deviceId, secret]) => !matches(deviceId, Buffer.from(secret)));
      const generated = newDevices.filter((deviceId) => !given.has(deviceId)).map((deviceId) => ({ deviceId, secret: newSecret() }));
      const rowOf = (deviceId: string, secret: string, isMade: number): CredentialsTable => {
        const hmac = keys.deviceHmac(keys.current, Buffer.from(secret));
        if (!hmac) throw new Error('the current pepper is missing');
        return { device_id: deviceId, key_id: keys.current, hmac: hmac.toString('hex'), made: isMade, created_at: now, expires_at: null };
      };
      return {
        rows: [
          ...fresh.map(([deviceId, secret]) => rowOf(deviceId, secret, 0)),
          ...generated.map(({ deviceId, secret }) => rowOf(deviceId, secret, 1)),
        ],
        made: generated,
      };
    },
    async write(tx, { rows }) {
      await remove(
        tx,
        rows.map((row) => row.device_id),
      );
      for (const some of chunks(rows, ROWS_A_STATEMENT)) await tx.insertInto('credentials').values(some).execute();
    },
    drop: remove,
    apply(changes, dropped) {
      for (const deviceId of dropped) live.delete(deviceId);
      for (const row of changes.rows) live.set(row.device_id, [liveOf(row)]);
      made = [...made, ...changes.made];
    },
    takeMade() {
      const taken = made;
      made = [];
      return taken;
    },
    close() {
      closed = true;
    },
  };
}

const EMPTY_HMAC = Buffer.alloc(32);

function liveOf(row: CredentialsTable): Live {
  return { keyId: row.key_id, hmac: Buffer.from(row.hmac, 'hex'), expiresAt: row.expires_at };
}

async function remove(tx: SqlTx, deviceIds: readonly string[]): Promise<void> {
  for (const some of chunks(deviceIds, ROWS_A_STATEMENT)) await tx.deleteFrom('credentials').where('device_id', 'in', some).execute();
}
