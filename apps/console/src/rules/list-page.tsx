import { useState, type ReactNode } from 'react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { RuleRowJson } from '@anlan/contracts';
import { useUser } from '../data/react.js';
import { may } from '../data/session.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { useRules } from './api.js';
import { ApproveBar } from './approve-bar.js';
import { filterOf, type RuleFilter } from './filter.js';
import { RuleFilters } from './list-filter.js';
import { RuleList } from './rule-list.js';
import { useSay } from './use-rule-words.js';
import '../styles/devices.css';
import '../styles/rules.css';

/** All rules that this person may see, and ways to find one among thousands. */
export function RulesPage(): ReactNode {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const { say } = useSay();
  const user = useUser();
  const filter = filterOf(search);
  const found = useRules(filter);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const change = (next: RuleFilter): void => {
    setChosen(new Set());
    void navigate({ to: '/rules', replace: true, search: next });
  };
  const rows = (found.data?.pages ?? []).flatMap(({ items }) => items);
  const approving = filter.state === 'unapproved' && may(user, 'decideChange');
  return (
    <div className="page rules-page">
      <div className="row-wrap page-filter rules-head">
        <h1>{say('rules.title')}</h1>
        <span className="dim num" role="status">
          {found.data === undefined ? '' : say('rules.count', { n: found.data.pages[0]?.total ?? rows.length })}
        </span>
        <span className="rules-fill" />
        {may(user, 'writeRule') ? (
          <Link className="btn" to="/templates">
            {say('apply.title')}
          </Link>
        ) : (
          <span className="dim">{say('rules.readOnly')}</span>
        )}
      </div>
      <RuleFilters filter={filter} onChange={change} />
      {approving && <ApproveBar rows={rows} chosen={chosen} onChoose={setChosen} />}
      <Found found={found} rows={rows} filter={filter} chosen={approving ? chosen : null} onChoose={setChosen} />
    </div>
  );
}

type FoundProps = Readonly<{
  found: ReturnType<typeof useRules>;
  rows: readonly RuleRowJson[];
  filter: RuleFilter;
  chosen: ReadonlySet<string> | null;
  onChoose(chosen: ReadonlySet<string>): void;
}>;

function Found({ found, rows, filter, chosen, onChoose }: FoundProps): ReactNode {
  const { say } = useSay();
  if (found.data === undefined)
    return found.error === null ? <Loading rows={12} /> : <Failure error={found.error} retry={() => void found.refetch()} />;
  if (rows.length === 0)
    return (
      <Empty>
        {say(Object.keys(filter).length === 0 ? 'rules.none' : filter.state === 'unapproved' ? 'rules.noneUnapproved' : 'rules.noneFound')}
      </Empty>
    );
  return (
    <RuleList
      rows={rows}
      total={found.data.pages[0]?.total ?? rows.length}
      chosen={chosen}
      onChoose={onChoose}
      onEnd={() => void (found.hasNextPage && !found.isFetchingNextPage && found.fetchNextPage())}
    />
  );
}
