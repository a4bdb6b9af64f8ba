import type { User } from '@anlan/ports';
import type { GatewayDeps } from '../deps.js';
import { tokenBuckets } from '../http/rate.js';
import { Refusal } from '../http/refusal.js';
import type { Passwords } from './passwords.js';

const MINUTE_S = 60;

/** Names are told apart without regard to case, as people type them. */
export function loginName(username: string): string {
  return username.trim().toLowerCase();
}

export type Login = Readonly<{
  /** The user that this name and password prove. Refuses with one answer for wrong name, wrong password and disabled account. */
  prove(username: string, password: string, source: string): Promise<User>;
}>;

/**
 * Proof by password. Five failures in 15 minutes lock the pair of account and source, never the account everywhere (S-26), over all
 * gateways; whatever is wrong, the same work is done and the same answer given (S-25). One scrypt at a time.
 */
export function login(
  { accounts, clock, meter, settings }: Pick<GatewayDeps, 'accounts' | 'clock' | 'meter' | 'settings'>,
  passwords: Passwords,
): Login {
  const { loginsPerMinute, lockFailures, lockMs } = settings.limits;
  const bySource = tokenBuckets(clock, loginsPerMinute, loginsPerMinute);

  const tooMany = (retryAfterS: number): Refusal => {
    meter.count('anlan_limit_total', 1, { entry: 'login', reason: 'rate' });
    return new Refusal('rate_limited', 'Too many logins from here.', { retryAfterS });
  };
  /** Counted as failed until it is proven, so that a thousand tries at once, on many gateways, still count one after another. */
  const tryOne = async (name: string, source: string): Promise<void> => {
    const outcome = await accounts.tryLogin(name, source, clock.now(), { lockFailures, lockMs, perMinute: loginsPerMinute });
    if (outcome === 'go_on') return;
    if (outcome === 'too_many') throw tooMany(MINUTE_S);
    meter.count('anlan_logins_total', 1, { outcome: 'locked' });
    throw new Refusal('locked', 'Too many failed logins from here. Wait 15 minutes, or use another place.', {
      retryAfterS: Math.ceil(lockMs / 1_000),
    });
  };

  return {
    async prove(username, password, source) {
      const waitS = bySource.take(source);
      if (waitS > 0) throw tooMany(waitS);
      const name = loginName(username);
      return passwords.inTurn(async () => {
        await tryOne(name, source);
        const user = await accounts.byUsername(name);
        const right = await passwords.verify(password, user?.passwordHash);
        if (!user || !right || user.disabled) {
          meter.count('anlan_logins_total', 1, { outcome: 'refused' });
          throw new Refusal('bad_credentials', 'Name or password is wrong.');
        }
        await accounts.clearFailures(name, source);
        meter.count('anlan_logins_total', 1, { outcome: 'ok' });
        return user;
      });
    },
  };
}
