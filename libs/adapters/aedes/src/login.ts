import type { FeedHandler } from '@anlan/ports';
import { pause, type Clock } from '@anlan/ports';
import type { Meter } from '@anlan/observability';
import type { MqttLimits } from './limits.js';
import type { Session, Sessions } from './session.js';
import type { TakeOvers } from './take-overs.js';

/** MQTT 3.1.1 table 3.1, as far as we answer it. */
export const CONNACK = { accepted: 0, unavailable: 3, badUserOrPassword: 4, notAuthorised: 5 } as const;
export type ConnackCode = (typeof CONNACK)[keyof typeof CONNACK];

/** Ids that no pattern, path or topic filter can take for something else (S-03). */
const DEVICE_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

export function isDeviceId(text: string): boolean {
  return DEVICE_ID.test(text);
}

export type LoginDeps = Readonly<{
  handler: FeedHandler;
  sessions: Sessions;
  takeOvers: TakeOvers;
  clock: Clock;
  meter: Meter;
  limits: MqttLimits;
  isStopping(): boolean;
}>;

/**
 * Decides one CONNECT. No anonymous way in, no default secret; every refusal is told equally late, so that its time says nothing
 * about what was wrong (S-01). "Unavailable" is never said for a wrong secret and never stands for one (S-10).
 */
export async function login(
  session: Session,
  username: string | undefined,
  secret: Uint8Array | undefined,
  deps: LoginDeps,
): Promise<ConnackCode> {
  const code = await verdict(session, username, secret, deps);
  if (code === CONNACK.accepted && username !== undefined && !session.conn.destroyed) {
    accept(session, username, deps);
    return code;
  }
  const { clock, limits } = deps;
  await pause(clock, Math.max(0, session.connectAt + limits.refusalDelayMs - clock.mono()));
  return code === CONNACK.accepted ? CONNACK.unavailable : code;
}

async function verdict(
  session: Session,
  username: string | undefined,
  secret: Uint8Array | undefined,
  deps: LoginDeps,
): Promise<ConnackCode> {
  const { handler, sessions, takeOvers, clock, meter, limits } = deps;
  const limited = (reason: string): ConnackCode => {
    meter.count('anlan_limit_total', 1, { entry: 'mqtt_connect', reason });
    return CONNACK.unavailable;
  };
  if (username === undefined || secret === undefined) return CONNACK.notAuthorised;
  if (!isDeviceId(username) || secret.length > limits.secretBytes) return CONNACK.badUserOrPassword;
  if (deps.isStopping()) return CONNACK.unavailable;
  const outcome = await handler.authenticate(username, secret, session.source);
  if (outcome !== 'accepted') return outcome === 'refused' ? CONNACK.badUserOrPassword : CONNACK.unavailable;
  const present = sessions.of(username);
  if (!present && sessions.count() >= limits.connections) return limited('connections');
  if (present && !takeOvers.allowed(username, clock.mono())) return limited('take_over');
  return deps.isStopping() ? CONNACK.unavailable : CONNACK.accepted;
}

function accept(session: Session, deviceId: string, { handler, sessions, takeOvers, clock, meter }: LoginDeps): void {
  session.guard.admit();
  session.ticket.leave();
  const old = sessions.claim(deviceId, session);
  if (old) {
    meter.count('anlan_connects_total', 1, { outcome: 'taken_over' });
    if (takeOvers.note(deviceId, clock.mono())) handler.trouble?.(deviceId, 'take_over', clock.now());
  }
  meter.gauge('anlan_connections', sessions.count());
}
