import type { ReactNode } from 'react';
import { useSay } from './use-rule-words.js';

/** What really happened, as it is typed: moments of the duty room's clock. */
export type EventDraft = Readonly<{ from: string; to: string; name: string }>;

/** Incidents that are known, so that the result can say how early each would have been seen. */
export function TrialEvents({
  events,
  onChange,
}: Readonly<{ events: readonly EventDraft[]; onChange(events: readonly EventDraft[]): void }>): ReactNode {
  const { say } = useSay();
  const put = (index: number, event: EventDraft): void => onChange(events.map((one, i) => (i === index ? event : one)));
  return (
    <div className="trial-events">
      {events.map((event, i) => (
        <div key={i} className="row-wrap" role="group" aria-label={say('trial.event', { n: i + 1 })}>
          {(['from', 'to'] as const).map((end) => (
            <input
              key={end}
              type="datetime-local"
              className="input trial-time"
              aria-label={say(`trial.event.${end}`)}
              value={event[end]}
              onChange={({ target }) => put(i, { ...event, [end]: target.value })}
            />
          ))}
          <input
            className="input trial-name"
            placeholder={say('trial.event.name')}
            aria-label={say('trial.event.name')}
            maxLength={100}
            value={event.name}
            onChange={({ target }) => put(i, { ...event, name: target.value })}
          />
          <button type="button" className="btn btn-plain" onClick={() => onChange(events.filter((_, at) => at !== i))}>
            {say('edit.removeHours')}
          </button>
        </div>
      ))}
      <button type="button" className="btn btn-plain" onClick={() => onChange([...events, { from: '', to: '', name: '' }])}>
        + {say('trial.addEvent')}
      </button>
    </div>
  );
}
