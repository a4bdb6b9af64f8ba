import type { ReactNode } from 'react';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { RuleDetailJson } from '@anlan/contracts';
import { useUser } from '../data/react.js';
import { may } from '../data/session.js';
import { Failure, Loading } from '../parts/states.js';
import { useRuleDetail } from './api.js';
import { kindOf, textOf } from './body.js';
import { EditTab } from './edit-tab.js';
import { RuleActs } from './rule-acts.js';
import { RuleSummary } from './rule-summary.js';
import { StateTags } from './state-tags.js';
import { useSay } from './use-rule-words.js';
import { VersionsTab } from './versions-tab.js';
import '../styles/devices.css';
import '../styles/rules.css';

const TABS = ['summary', 'edit', 'versions'] as const;
type Tab = (typeof TABS)[number];

/** One rule: what it does, what it has said, how it came to be, and how it is changed. */
export function RulePage(): ReactNode {
  const params: Readonly<Record<string, string | undefined>> = useParams({ strict: false });
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const id = params['id'] ?? '';
  const { say } = useSay();
  const { data, error, refetch } = useRuleDetail(id);
  if (data === undefined)
    return (
      <div className="page">
        <p>
          <Link to="/rules" className="dim">
            ← {say('rules.title')}
          </Link>
        </p>
        {error === null ? <Loading rows={12} /> : <Failure error={error} retry={() => void refetch()} />}
      </div>
    );
  return <RuleView key={id} rule={data} tab={TABS.find((tab) => tab === search['tab']) ?? 'summary'} said={textOf(search['said'])} />;
}

type ViewProps = Readonly<{ rule: RuleDetailJson; tab: Tab; said: string | undefined }>;

function RuleView({ rule, tab, said }: ViewProps): ReactNode {
  const { say } = useSay();
  const user = useUser();
  const navigate = useNavigate();
  const writes = may(user, 'writeRule');
  const tabs = TABS.filter((one) => one !== 'edit' || writes);
  const shown = tabs.includes(tab) ? tab : 'summary';
  const saved = (word: 'active' | 'waits'): void =>
    void navigate({ to: '/rules/$id', params: { id: rule.id }, search: word === 'waits' ? { said: 'waits' } : { said: 'active' } });
  return (
    <div className="page rule-page">
      <header className="row-wrap rule-title">
        <Link to="/rules" className="dim">
          ← {say('rules.title')}
        </Link>
        <h1>{textOf(rule['name']) ?? rule.id}</h1>
        <span className="dim">
          {rule.id} · {say(`ruleKind.${kindOf(rule)}`)} · <span className="num">v{rule.version}</span>
        </span>
        <StateTags rule={rule} />
        <span className="rules-fill" />
        {writes ? <RuleActs rule={rule} /> : <span className="dim">{say('rules.readOnly')}</span>}
      </header>
      {said === 'waits' && (
        <p className="notice" role="status">
          {say('saved.waits')} <Link to="/changes">{say('saved.toChanges')}</Link>
        </p>
      )}
      {said === 'active' && (
        <p className="notice" role="status">
          {say('saved.active', { v: rule.version })}
        </p>
      )}
      {rule.pendingChange !== null && said !== 'waits' && (
        <p className="notice">
          {say('rule.pending')} <Link to="/changes">{say('saved.toChanges')}</Link>
        </p>
      )}
      <nav className="chips" aria-label={say('rule.tabs')}>
        {tabs.map((one) => (
          <Link
            key={one}
            to="/rules/$id"
            params={{ id: rule.id }}
            search={one === 'summary' ? {} : { tab: one }}
            className="chip chip-link"
            activeOptions={{ exact: true }}
            aria-current={one === shown ? 'page' : undefined}
          >
            {say(`tab.${one}`)}
          </Link>
        ))}
      </nav>
      {shown === 'summary' && <RuleSummary rule={rule} />}
      {shown === 'edit' && <EditTab rule={rule} onSaved={saved} />}
      {shown === 'versions' && <VersionsTab rule={rule} />}
    </div>
  );
}
