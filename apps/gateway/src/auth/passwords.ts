import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../http/refusal.js';

const BYTES = 32;
const QUEUE = 50;
const R = 8;
const MAX_MEM = 512 * 1024 * 1024;

export type Passwords = Readonly<{
  hash(password: string): Promise<string>;
  /** Against no hash it takes the same time and says no. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Runs one piece of work at a time; 50 may wait, more are refused with 503. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}>;

function derive(password: string, salt: Buffer, log2N: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, BYTES, { N: 2 ** log2N, r: R, p: 1, maxmem: MAX_MEM }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** scrypt with r 8, p 1 and a salt of 16 bytes, written as `scrypt$<log2 N>$<salt>$<key>`. */
export function passwords(log2N: number): Passwords {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const nobody = `scrypt$${log2N}$${randomBytes(16).toString('base64url')}$${randomBytes(BYTES).toString('base64url')}`;
  return {
    async hash(password) {
      const salt = randomBytes(16);
      return `scrypt$${log2N}$${salt.toString('base64url')}$${(await derive(password, salt, log2N)).toString('base64url')}`;
    },
    async verify(password, hash) {
      const [scheme, cost = '', salt = '', key = ''] = (hash ?? nobody).split('$');
      const wanted = Buffer.from(key, 'base64url');
      const got = await derive(password, Buffer.from(salt, 'base64url'), Number(cost));
      return hash !== undefined && scheme === 'scrypt' && wanted.length === got.length && timingSafeEqual(wanted, got);
    },
    inTurn(work) {
      if (waiting >= QUEUE) throw new Refusal('busy', 'Too many logins at once; try again.', { retryAfterS: 5 });
      waiting++;
      const turn = last.then(work).finally(() => waiting--);
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

const MIN = 12;
const MIN_ADMIN = 15;
const MAX = 128;
/** The long ones among the most used; shorter ones fall to the length rule. */
const COMMON = new Set([
  'password1234',
  'password12345',
  'password123456',
  'passwordpassword',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiopasdf',
  '123456789012',
  '1234567890123',
  '12345678901234',
  '123456789012345',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  '1qaz2wsx3edc4rfv',
  'administrator',
  'administrator1',
  'letmeinletmein',
  'iloveyou1234',
  'welcome12345',
  'changeme1234',
  'zhongguo1234',
  'woaini123456',
  'woaini1314520',
]);

/** What is wrong with a new password; undefined when nothing is. Length and no giveaways, no rules of composition. */
export function passwordFault(password: string, username: string, admin: boolean): string | undefined {
  const min = admin ? MIN_ADMIN : MIN;
  const length = [...password].length;
  const lower = password.toLowerCase();
  if (length < min || length > MAX) return `must have ${min} to ${MAX} characters`;
  if (new Set(lower).size < 5) return 'repeats too few characters';
  if (COMMON.has(lower)) return 'is one of the most used passwords';
  if (lower.includes('anlan') || lower.includes('安澜') || (username.length >= 3 && lower.includes(username.toLowerCase())))
    return 'must not contain the name of the user or of the product';
  return undefined;
}
