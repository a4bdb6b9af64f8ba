/**
 * Device logins. Only the HMAC of a secret is stored; checking is a look-up in memory and one HMAC (about 6 µs), so that
 * thousands of devices may come back at once.
 *
 * What another process imports shows within a second (`refresh`). A login that fails is looked up in the records before it is
 * refused, so that a device whose import was just answered gets in wherever it connects (`rulings` 12).
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
  /** Takes what stands in the place of everything that is known. */
  replace(rows: readonly CredentialsTable[]): void;
  takeMade(): readonly Readonly<{ deviceId: string; secret: string }>[];
  close(): void;
}>;
export type CredentialDeps = Readonly<{
  keys: Keyring;
  clock: Readonly<{ now(): number }>;
  isEnabled(deviceId: string): boolean;
  /** Looks for changes by other processes; absent when there are none. Rejects when the records are away. */
  refresh?: (() => Promise<void>) | undefined;
}>;

/** Two secrets may be valid during a change of secrets. */
const MAX_LIVE = 2;
const ROWS_A_STATEMENT = 500;

/** Newest first a device, as `replace` takes them. */
export async function loadCredentials(db: SqlDatabase['db']): Promise<readonly CredentialsTable[]> {
  return db.selectFrom('credentials').selectAll().orderBy('created_at', 'desc').execute();
}

/** Empty until `replace`. */
export function credentialBook({ keys, clock, isEnabled, refresh }: CredentialDeps): CredentialBook {
  let live = new Map<string, readonly Live[]>();
  let made: readonly Readonly<{ deviceId: string; secret: string }>[] = [];
  let closed = false;
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

  const isWelcome = (deviceId: string, secret: Uint8Array): boolean => {
    const isKnown = matches(deviceId, secret);
    return isKnown && isEnabled(deviceId);
  };

  return {
    credentials: {
      async verify(deviceId, secret) {
        if (closed) return 'unavailable';
        if (isWelcome(deviceId, secret)) return 'accepted';
        if (!refresh) return 'refused';
        const isCurrent = await refresh().then(
          () => true,
          () => false,
        );
        if (isWelcome(deviceId, secret)) return 'accepted';
        // Without the records nobody knows whether the device is unknown or only new.
        return isCurrent ? 'refused' : 'unavailable';
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
    replace(rows) {
      live = new Map();
      for (const row of rows) live.set(row.device_id, [...(live.get(row.device_id) ?? []), liveOf(row)].slice(0, MAX_LIVE));
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
