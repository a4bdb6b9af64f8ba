import { useState, type ReactNode } from 'react';
import type { RuleDetailJson, RuleVersionJson } from '@anlan/contracts';
import { momentText } from '../data/server-clock.js';
import { Failure, Loading } from '../parts/states.js';
import { useRuleVersions } from './api.js';
import { writtenOfVersion } from './body.js';
import { changedLines } from './changed-lines.js';
import { ChangedLines } from './difference.js';
import { Limits } from './rule-list.js';
import { useSay } from './use-rule-words.js';

/** Every version: who, when, why, who approved it, what it judges, and what it changed against the one before or any other. */
export function VersionsTab({ rule }: Readonly<{ rule: RuleDetailJson }>): ReactNode {
  const { say } = useSay();
  const { data, error, refetch } = useRuleVersions(rule.id);
  const [against, setAgainst] = useState<number | null>(null);
  if (data === undefined) return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
  return (
    <section className="panel block">
      <div className="row-wrap">
        <h2>{say('versions.title', { n: data.length })}</h2>
        <span className="rules-fill" />
        {data.length > 2 && (
          <label className="row-wrap">
            <span className="dim">{say('versions.against')}</span>
            <select
              className="input rules-select"
              value={against ?? ''}
              onChange={({ target }) => setAgainst(target.value === '' ? null : Number(target.value))}
            >
              <option value="">{say('versions.before')}</option>
              {data.map(({ version }) => (
                <option key={version} value={version}>
                  v{version}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <div className="table-scroll">
        <table className="table table-changes">
          <thead>
            <tr>
              {(['version', 'from', 'author', 'limits', 'difference'] as const).map((column) => (
                <th key={column} scope="col">
                  {say(`vcol.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.map((version, i) => (
              <VersionRow
                key={version.version}
                rule={rule}
                version={version}
                other={against === null ? data[i + 1] : data.find((one) => one.version === against)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

type RowProps = Readonly<{ rule: RuleDetailJson; version: RuleVersionJson; other: RuleVersionJson | undefined }>;

function VersionRow({ rule, version, other }: RowProps): ReactNode {
  const { say } = useSay();
  const limits = version.limits ?? [];
  return (
    <tr>
      <td className="no-wrap">
        <strong className="num">v{version.version}</strong>{' '}
        {version.version === rule.version ? (
          <span className="tag">{say('versions.stands')}</span>
        ) : (
          version.active && <span className="tag tag-hatch">{say('versions.active')}</span>
        )}
      </td>
      <td className="no-wrap">
        <p className="num">{momentText(Date.parse(version.createdAt))}</p>
        {version.validFrom !== null && (
          <p className="dim num">{say('versions.validFrom', { time: momentText(Date.parse(version.validFrom)) })}</p>
        )}
      </td>
      <td>
        <p>{version.authorName ?? version.author}</p>
        <p className="dim">
          {version.reason === 'limit changed' ? say('versions.limitChanged') : (version.reason ?? say('versions.noReason'))}
        </p>
        {version.approvedBy !== null && (
          <p className="dim">{say('versions.approved', { name: version.approvedByName ?? version.approvedBy })}</p>
        )}
      </td>
      <td>
        <span className="rule-limits">
          <Limits row={{ ...rule, ...version, authorName: version.authorName, limits }} />
        </span>
      </td>
      <td>
        {other === undefined ? <span className="dim">{say('versions.first')}</span> : <VersionDifference version={version} other={other} />}
      </td>
    </tr>
  );
}

function VersionDifference({ version, other }: Readonly<{ version: RuleVersionJson; other: RuleVersionJson }>): ReactNode {
  const { say } = useSay();
  if (other.version === version.version) return <span className="dim">—</span>;
  const written = changedLines(writtenOfVersion(other), writtenOfVersion(version));
  const resolved = changedLines({ levels: other.limits ?? [] }, { levels: version.limits ?? [] });
  const lines = written.length > 0 ? written : resolved;
  return (
    <>
      <p className="dim">{say('versions.versus', { v: other.version })}</p>
      {lines.length === 0 ? <p className="dim">{say('versions.same')}</p> : <ChangedLines lines={lines} />}
    </>
  );
}
