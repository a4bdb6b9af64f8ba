import { useState, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { ALARM_LEVELS, type EntityJson } from '@anlan/contracts';
import { useNow, useUser } from '../data/react.js';
import { momentText } from '../data/server-clock.js';
import { may } from '../data/session.js';
import { LevelShape } from '../parts/level-shape.js';
import { Failure, Loading } from '../parts/states.js';
import { figure } from '../parts/value.js';
import { useAssetLimit } from './api.js';
import { isBox, numberOf, textOf, type Box } from './body.js';
import { LimitForm } from './limit-form.js';
import { useSay } from './use-rule-words.js';

/** Versions of a limit, newest first, with the one that is in force. */
export function limitVersions(limit: EntityJson, now: number): readonly Readonly<{ version: Box; from: number; stands: boolean }>[] {
  const given: readonly unknown[] = Array.isArray(limit['versions']) ? limit['versions'] : [];
  const versions = given.filter(isBox).map((version) => ({ version, from: momentOf(version['from']) }));
  const stands = versions.filter(({ from }) => from <= now).reduce((latest, { from }) => Math.max(latest, from), -Infinity);
  return versions.sort((a, b) => b.from - a.from).map((one) => ({ ...one, stands: one.from === stands }));
}

function momentOf(value: unknown): number {
  return numberOf(value) ?? Date.parse(textOf(value) ?? '');
}

/** Numbers of an asset that rules follow: which hold from when, and by whose word. */
export function AssetLimits({ id }: Readonly<{ id: string }>): ReactNode {
  const { say } = useSay();
  const now = useNow();
  const user = useUser();
  const [edits, setEdits] = useState(false);
  const [waits, setWaits] = useState(false);
  const { data, error, refetch } = useAssetLimit(id);
  if (data === undefined)
    return (
      <section className="panel block">
        {error === null ? <Loading rows={3} /> : <Failure error={error} retry={() => void refetch()} />}
      </section>
    );
  const versions = limitVersions(data, now);
  return (
    <section className="panel block">
      <div className="row-wrap">
        <h2>{say('limits.title')}</h2>
        <span className="dim">
          {id} · {textOf(data['assetId'])}
        </span>
        <span className="rules-fill" />
        {may(user, 'writeRule') && (
          <button type="button" className="btn" onClick={() => setEdits(true)}>
            {say('limits.add')}
          </button>
        )}
      </div>
      {waits && (
        <p className="notice" role="status">
          {say('saved.waits')} <Link to="/changes">{say('saved.toChanges')}</Link>
        </p>
      )}
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              {(['from', 'numbers', 'source'] as const).map((column) => (
                <th key={column} scope="col">
                  {say(`limcol.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {versions.map(({ version, from, stands }) => (
              <tr key={from}>
                <td className="no-wrap">
                  <span className="num">{momentText(from).slice(0, 16)}</span>{' '}
                  {stands ? (
                    <span className="tag">{say('limits.stands')}</span>
                  ) : (
                    from > now && <span className="tag tag-hatch">{say('limits.coming')}</span>
                  )}
                </td>
                <td>
                  <LimitNumbers version={version} />
                </td>
                <td>
                  {textOf(version['source'])}{' '}
                  {textOf(version['approvedBy']) !== undefined && <span className="dim">· {textOf(version['approvedBy'])}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {edits && (
        <LimitForm
          limit={data}
          onClose={() => setEdits(false)}
          onDone={({ pending }) => {
            setEdits(false);
            setWaits(pending.length > 0);
          }}
        />
      )}
    </section>
  );
}

function LimitNumbers({ version }: Readonly<{ version: Box }>): ReactNode {
  const { say } = useSay();
  return (
    <span className="rule-limits">
      {[...ALARM_LEVELS].reverse().map((level) => {
        const n = numberOf(version[level]);
        return (
          n !== undefined && (
            <span key={level} className="rule-limit">
              <LevelShape level={level} size={14} />
              <span className="sr">{say(`level.${level}`)}</span>
              <span className="num">{figure(n)}</span>
            </span>
          )
        );
      })}
    </span>
  );
}
