import type { AlarmLevel, Millis } from '@anlan/contracts';

/** A signed link's server side. The token itself is never stored readable: looked up by HMAC, kept encrypted only until it expires. */
export type Link = Readonly<{
  id: string;
  alarmId: string;
  level: AlarmLevel;
  personId: string;
  personName: string;
  createdAt: Millis;
  viewUntil: Millis;
  actUntil: Millis;
  usedAt: Millis | null;
  usedResult: string | null;
}>;

export type Links = Readonly<{
  /** Makes a new token for this recipient and alarm, or gives the same one again while it is valid; returns the whole address. */
  issue(input: Readonly<{ alarmId: string; level: AlarmLevel; personId: string; personName: string; now: Millis }>): Promise<string>;
  find(token: string): Promise<Link | undefined>;
  /** First use stands: returns the stored result of the first use. */
  use(id: string, now: Millis, result: string): Promise<string>;
}>;
