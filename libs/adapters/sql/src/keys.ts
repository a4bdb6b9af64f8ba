import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** Peppers by key id, at least 32 bytes each; `current` is used for what is new, the others only to check what is old. */
export type DigestKeys = Readonly<{ current: string; peppers: ReadonlyMap<string, Uint8Array> }>;

/** What the records do with the peppers. Each use has a key of its own, derived by HKDF-SHA-256 (RFC 5869). */
export type Keyring = Readonly<{
  current: string;
  /** HMAC-SHA-256 of a device's secret under one key id; undefined for a key id that is not here. */
  deviceHmac(keyId: string, secret: Uint8Array): Buffer | undefined;
  /** Every way in which a link's token may have been stored, current key first. */
  linkHmacs(token: string): readonly string[];
  /** AES-256-GCM; the text carries key id, nonce and tag. `about` is bound to it, so that a box cannot be moved to another row. */
  seal(plain: string, about: string): string;
  /** Throws when the box was changed, moved, or its key is not here. */
  open(box: string, about: string): string;
}>;

type Derived = Readonly<{ device: Uint8Array; link: Uint8Array; box: Uint8Array }>;
const MIN_PEPPER_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Derives the keys once. Throws on a key set that cannot be used, for nothing would be safe with it. */
export function keyring({ current, peppers }: DigestKeys): Keyring {
  const derived = new Map([...peppers].map(([id, pepper]) => [id, derive(id, pepper)]));
  const keysOf = (id: string): Derived => {
    const keys = derived.get(id);
    if (!keys) throw new Error(`there is no pepper with key id ${id}`);
    return keys;
  };
  const newest = keysOf(current);
  const inOrder = [newest, ...[...derived].filter(([id]) => id !== current).map(([, keys]) => keys)];
  return {
    current,
    deviceHmac(keyId, secret) {
      const keys = derived.get(keyId);
      return keys && createHmac('sha256', keys.device).update(secret).digest();
    },
    linkHmacs: (token) => inOrder.map((keys) => createHmac('sha256', keys.link).update(token).digest('hex')),
    seal(plain, about) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', newest.box, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(about));
      const body = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${current}:${body.toString('base64url')}`;
    },
    open(box, about) {
      const colon = box.indexOf(':');
      const body = Buffer.from(box.slice(colon + 1), 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', keysOf(box.slice(0, colon)).box, body.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      }).setAAD(Buffer.from(about));
      decipher.setAuthTag(body.subarray(-TAG_BYTES));
      return decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}

function derive(id: string, pepper: Uint8Array): Derived {
  if (pepper.byteLength < MIN_PEPPER_BYTES) throw new Error(`pepper ${id} is shorter than ${MIN_PEPPER_BYTES} bytes`);
  const key = (use: string): Uint8Array => new Uint8Array(hkdfSync('sha256', pepper, new Uint8Array(0), `anlan/1 ${use}`, 32));
  return { device: key('device-secret'), link: key('link-token'), box: key('box') };
}

/** Equal, in a time that says nothing about where they differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** 256 random bits as 43 characters. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** 128 random bits as 22 characters. */
export function newToken(): string {
  return randomBytes(16).toString('base64url');
}
