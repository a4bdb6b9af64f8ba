import { randomBytes } from 'node:crypto';
import { backtestDesk, shadowDesk, type BacktestDesk, type ShadowDesk } from '@anlan/flows';
import { auditTrail, type AuditTrail } from './http/audit-trail.js';
import { tokenBuckets, type Rate } from './http/rate.js';
import { login, type Login } from './auth/login.js';
import { passwords, type Passwords } from './auth/passwords.js';
import { sessions, type Sessions } from './auth/sessions.js';
import type { GatewayDeps } from './deps.js';
import { streamHub, type StreamHub } from './stream/hub.js';
import { overviews, type Overviews } from './views/overview.js';

/** What the gateway makes out of its ports, once a process. */
export type Services = Readonly<{
  sessions: Sessions;
  login: Login;
  passwords: Passwords;
  audit: AuditTrail;
  apiRate: Rate;
  importRate: Rate;
  linkMisses: Rate;
  overviews: Overviews;
  hub: StreamHub;
  backtests: BacktestDesk;
  shadows: ShadowDesk;
}>;
export const SERVICES = Symbol('GatewayServices');

/** Wires them together. */
export function gatewayServices(deps: GatewayDeps): Services {
  const { clock, settings } = deps;
  const { apiPerMinute, apiBurst, importsPerMinute, linkMissesPerMinute, scryptLog2N } = settings.limits;
  const hashing = passwords(scryptLog2N);
  const held = sessions(deps);
  const seen = overviews(deps);
  return {
    sessions: held,
    passwords: hashing,
    login: login(deps, hashing),
    audit: auditTrail(deps),
    apiRate: tokenBuckets(clock, apiPerMinute, apiBurst),
    importRate: tokenBuckets(clock, importsPerMinute, importsPerMinute),
    linkMisses: tokenBuckets(clock, linkMissesPerMinute, linkMissesPerMinute),
    overviews: seen,
    hub: streamHub({ ...deps, overviews: seen }),
    backtests: backtestDesk({ ...deps, tag: randomBytes(4).toString('hex') }),
    shadows: shadowDesk(deps),
  };
}
