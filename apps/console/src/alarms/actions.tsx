import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import { useUser } from '../data/react.js';
import { may, type Act } from '../data/session.js';
import { offersFor, type Command } from './commands.js';
import { useDesk } from './desk-context.js';
import { AlarmNote } from './notes.js';

const KEY_OF: Partial<Record<Command['type'], string>> = {
  acknowledge: 'A',
  comment: 'C',
  shelve: 'H',
  unshelve: 'H',
  markFalse: 'F',
  reset: 'R',
};
const OFFERED = ['acknowledge', 'comment', 'shelve', 'unshelve', 'reset', 'markFalse'] as const satisfies readonly Act[];
type OfferedType = (typeof OFFERED)[number];

/** What can be done now; what cannot says why. A right that a person lacks is named, not hidden behind grey. */
export function AlarmActions({ alarm, all }: Readonly<{ alarm: AlarmJson; all: boolean }>): ReactNode {
  const { t } = useTranslation();
  const desk = useDesk();
  const user = useUser();
  const whyId = useId();
  const offers = offersFor(alarm).filter(({ type }) => all || type === 'acknowledge' || type === 'comment');
  const run = (type: OfferedType): void => {
    if (type === 'acknowledge' || type === 'unshelve') void desk.send(alarm, { type });
    else desk.open(type, alarm);
  };
  const refusals: string[] = [];
  return (
    <div className="actions">
      <div className="row-wrap">
        {offers.map((offer) => {
          const type = OFFERED.find((known) => known === offer.type);
          if (type === undefined) return null;
          const why = !may(user, type) ? t('why.no_right') : offer.offered ? null : t(`why.${offer.why}`);
          if (why !== null) refusals.push(`${t(`act.${type}`)}: ${why}`);
          return (
            <button
              key={type}
              type="button"
              className={type === 'acknowledge' ? 'btn btn-primary btn-ack' : 'btn btn-ack'}
              aria-disabled={why !== null}
              aria-describedby={why === null ? undefined : whyId}
              title={why ?? undefined}
              onClick={() => why === null && run(type)}
            >
              {t(`act.${type}`)} <kbd aria-hidden="true">{KEY_OF[type]}</kbd>
            </button>
          );
        })}
      </div>
      <p id={whyId} className="sr">
        {refusals.join('; ')}
      </p>
      <AlarmNote alarm={alarm} />
    </div>
  );
}
