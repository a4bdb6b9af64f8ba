import { Suspense, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { BoardRow } from '../alarms/board-row.js';
import { AlarmActions } from '../alarms/actions.js';
import { useDesk } from '../alarms/desk-context.js';
import { AlarmFacts } from '../alarms/facts.js';
import { AlarmHeading } from '../alarms/heading.js';
import { DeskPanels } from '../alarms/panels.js';
import { useLooks, useLooksStore } from '../app/looks-context.js';
import { SeriesChart } from '../chart/later.js';
import { linesOfSamples } from '../chart/lines.js';
import { limitsOf } from '../chart/limits.js';
import { ApiProblem, NO_ANSWER } from '../data/problem.js';
import { CoreProvider, useCore } from '../data/react.js';
import type { SessionState } from '../data/session.js';
import { DevicesView } from '../devices/devices.js';
import { LettersTable } from '../devices/dead-letters.js';
import { OutboxTable } from '../outbox/outbox.js';
import { LevelBadge, LevelCounts } from '../parts/level-shape.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { Value } from '../parts/value.js';
import { LETTER, NOTICE, ROW_STATES, SAMPLES, SHEET_NOW, USER, alarmFixture, deviceFixture } from './fixtures.js';
import '../styles/sheet.css';

const STATES = ['full', 'ring', 'open', 'closed'] as const;
const LEVELS = ['red', 'orange', 'yellow', 'blue'] as const;
const RULE = { levels: [...LEVELS].reverse().map((level, i) => ({ level, at: [0.5, 1, 2.5, 5][i], deadband: 0.1 })) };
const LINES = linesOfSamples(SAMPLES);
const LIMITS = limitsOf(RULE);
const HAPPENING = {
  level: 'orange',
  firstBreachAt: SHEET_NOW - 900_000,
  raisedAt: SHEET_NOW - 840_000,
  endedAt: null,
  ackedAt: SHEET_NOW - 600_000,
  now: SHEET_NOW,
} as const;
const DEVICES = [
  deviceFixture(),
  deviceFixture({ id: 'well-8', name: '滨江路 8 号井', online: false }),
  deviceFixture({ id: 'well-9', name: null, online: null, lastMessageAt: null, newest: [] }),
  deviceFixture({ id: 'tank-1', name: '一号罐', lastMessageAt: new Date(SHEET_NOW - 900_000).toISOString() }),
  deviceFixture({ id: 'tank-2', name: '二号罐', enabled: false }),
];
const BOOKS = [
  {
    deviceId: 'well-7',
    received: 100,
    stored: 90,
    rejected: 3,
    duplicate: 5,
    quarantined: 2,
    inFlight: 0,
    gaps: [{ fromSeq: 10, toSeq: 12 }],
  },
  { deviceId: 'well-8', received: 50, stored: 49, rejected: 0, duplicate: 0, quarantined: 0, inFlight: 0, gaps: [] },
];
const SEATED: SessionState = { kind: 'in', token: '', user: USER, mustChangePassword: false };

/** Every part in every state, at one fixed moment: what screenshots are compared with. Needs no server and no login. */
export function SheetPage(): ReactNode {
  const core = useCore();
  const still = useMemo(() => {
    const never = (): (() => void) => () => undefined;
    return {
      ...core,
      now: () => SHEET_NOW,
      clock: { get: () => SHEET_NOW, subscribe: never },
      session: { ...core.session, get: () => SEATED, subscribe: never },
    };
  }, [core]);
  return (
    <CoreProvider value={still}>
      <Sheet />
      <DeskPanels />
    </CoreProvider>
  );
}

function Sheet(): ReactNode {
  const { t, i18n } = useTranslation();
  const looks = useLooksStore();
  const { theme, language } = useLooks();
  return (
    <main className="sheet">
      <header className="row-wrap">
        <h1>{t('sheet.title')}</h1>
        <button type="button" className="btn" onClick={() => looks.change({ theme: theme === 'dark' ? 'light' : 'dark' })}>
          {theme}
        </button>
        <button type="button" className="btn" onClick={() => looks.change({ language: language === 'zh' ? 'en' : 'zh' })}>
          {i18n.language}
        </button>
      </header>
      <Shapes />
      <Controls />
      <Rows />
      <OneAlarm />
      <States />
      <DeviceStates />
      <Tables />
    </main>
  );
}

function Shapes(): ReactNode {
  return (
    <section className="panel block">
      <table className="table">
        <tbody>
          {LEVELS.map((level) => (
            <tr key={level}>
              {STATES.map((shape) => (
                <td key={shape}>
                  <span className="row-wrap">
                    <LevelBadge level={level} state={shape} />
                    <LevelBadge level={level} state={shape} size={24} />
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <LevelCounts counts={{ red: 1, orange: 0, yellow: 12, blue: 41 }} />
    </section>
  );
}

function Controls(): ReactNode {
  const { t } = useTranslation();
  const desk = useDesk();
  return (
    <section className="panel block">
      <div className="row-wrap">
        <button type="button" className="btn btn-primary btn-ack">
          {t('act.acknowledge')} <kbd>A</kbd>
        </button>
        <button type="button" className="btn">
          {t('act.comment')}
        </button>
        <button type="button" className="btn" aria-disabled="true">
          {t('act.reset')}
        </button>
        <button type="button" className="btn btn-plain">
          {t('act.close')}
        </button>
        <button type="button" className="chip" aria-pressed="true">
          {t('filter.all')} 58
        </button>
        <button type="button" className="chip" aria-pressed="false">
          {t('stage.unacked')} 9
        </button>
        {(['comment', 'shelve', 'markFalse', 'reset'] as const).map((type) => (
          <button key={type} type="button" className="btn" onClick={() => desk.open(type, alarmFixture())}>
            {t(`panel.${type}`)} …
          </button>
        ))}
      </div>
      <div className="row-wrap">
        <Value v={2.61} unit="%VOL" t={SHEET_NOW} q="good" />
        <Value v={0.004} unit="MPa" t={SHEET_NOW} q="uncertain" />
        <Value v={1_234.5} unit="kPa" t={SHEET_NOW} q="bad" />
        <Value v={18.24} unit="°C" t={SHEET_NOW - 180_000} q="good" stale />
      </div>
    </section>
  );
}

function Rows(): ReactNode {
  const { t } = useTranslation();
  return (
    <section className="panel" role="grid" aria-label={t('nav.alarms')}>
      <div className="board-rows sheet-rows">
        {ROW_STATES.map((alarm, index) => (
          <BoardRow
            key={alarm.id}
            alarm={alarm}
            reading={undefined}
            now={SHEET_NOW}
            index={index}
            top={index * 36}
            focused={index === 1}
            selected={index === 3}
            fresh={index === 4}
            linkLost={false}
            onPress={() => undefined}
            onOver={() => undefined}
          />
        ))}
      </div>
    </section>
  );
}

function OneAlarm(): ReactNode {
  const { t } = useTranslation();
  const { theme } = useLooks();
  return (
    <section className="sheet-pair">
      <div className="panel block">
        <AlarmHeading alarm={alarmFixture({ firstOut: true })} as="h2" />
        <AlarmActions alarm={alarmFixture()} all />
        <AlarmFacts alarm={alarmFixture({ pendingLevel: 'red', pendingDueAt: new Date(SHEET_NOW + 190_000).toISOString(), cycles: 2 })} />
      </div>
      <div className="panel block">
        <Suspense>
          <SeriesChart
            lines={LINES}
            limits={LIMITS}
            unit="%VOL"
            from={SHEET_NOW - 5_400_000}
            to={SHEET_NOW}
            happening={HAPPENING}
            height={260}
            label={t('nav.alarms')}
            theme={theme}
          />
        </Suspense>
      </div>
    </section>
  );
}

function States(): ReactNode {
  const { t } = useTranslation();
  return (
    <section className="sheet-three">
      <div className="panel">
        <Loading rows={4} />
      </div>
      <div className="panel">
        <Empty>{t('empty.board', { n: 4_312, s: 1 })}</Empty>
      </div>
      <div className="panel">
        <Failure error={new ApiProblem({ status: 500, code: 'internal', requestId: 'req-7f3a' })} retry={() => undefined} />
      </div>
      <div className="panel">
        <Failure error={new ApiProblem({ status: 0, code: NO_ANSWER })} retry={() => undefined} />
      </div>
      <div className="panel">
        <Failure error={new ApiProblem({ status: 403, code: 'forbidden' })} />
      </div>
      <div className="panel">
        <Failure error={new ApiProblem({ status: 429, code: 'rate_limited' }, 12)} retry={() => undefined} />
      </div>
    </section>
  );
}

function DeviceStates(): ReactNode {
  const [state, setState] = useState<Parameters<typeof DevicesView>[0]['state']>(null);
  return (
    <section className="sheet-devices">
      <DevicesView devices={DEVICES} ledger={BOOKS} state={state} chosen={null} onState={setState} onChoose={() => undefined} />
    </section>
  );
}

function Tables(): ReactNode {
  return (
    <>
      <OutboxTable
        page={{
          items: [
            NOTICE,
            { ...NOTICE, id: 'n-2', state: 'failed', attempts: 3, outcome: 'HTTP 502', link: null },
            { ...NOTICE, id: 'n-3', state: 'due', text: '', link: null, level: 'blue' },
          ],
          nextCursor: null,
        }}
      />
      <LettersTable page={{ items: [LETTER], nextCursor: null }} filtered={false} />
    </>
  );
}
