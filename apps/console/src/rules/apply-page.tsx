import { useMemo, useState, type ReactNode } from 'react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { TemplateJson } from '@anlan/contracts';
import { useUser } from '../data/react.js';
import { may } from '../data/session.js';
import { useDomainText } from '../parts/domain.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { useTemplates } from './api.js';
import { ApplyForm } from './apply-form.js';
import { textOf } from './body.js';
import { TemplateLimits } from './template-limits.js';
import { useSay } from './use-rule-words.js';
import '../styles/devices.css';
import '../styles/rules.css';

/** Puts a template of a pack on many points at once, with what differs by asset. */
export function ApplyPage(): ReactNode {
  const { say } = useSay();
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const user = useUser();
  const { data, error, refetch } = useTemplates();
  const chosen = data?.find(({ id }) => id === textOf(search['template']));
  return (
    <div className="page rule-page">
      <header className="row-wrap">
        <Link to="/rules" className="dim">
          ← {say('rules.title')}
        </Link>
        <h1>{say('apply.title')}</h1>
        {!may(user, 'writeRule') && <span className="dim">{say('rules.readOnly')}</span>}
      </header>
      {data === undefined ? (
        error === null ? (
          <Loading rows={10} />
        ) : (
          <Failure error={error} retry={() => void refetch()} />
        )
      ) : (
        <div className="apply-columns">
          <TemplateList
            templates={data}
            chosen={chosen?.id ?? null}
            onChoose={(id) => void navigate({ to: '/templates', replace: true, search: { template: id } })}
          />
          {chosen === undefined ? (
            <Empty>{say('apply.choose')}</Empty>
          ) : (
            <ApplyForm key={chosen.id} template={chosen} mayWrite={may(user, 'writeRule')} />
          )}
        </div>
      )}
    </div>
  );
}

type ListProps = Readonly<{ templates: readonly TemplateJson[]; chosen: string | null; onChoose(id: string): void }>;

function TemplateList({ templates, chosen, onChoose }: ListProps): ReactNode {
  const { say, english } = useSay();
  const domainText = useDomainText();
  const [text, setText] = useState('');
  const [pack, setPack] = useState('');
  const packs = useMemo(
    () => [...new Map(templates.map((one) => [one.pack, english ? one.packNameEn : one.packName]))],
    [templates, english],
  );
  const wanted = text.trim().toLowerCase();
  const found = templates.filter(
    (one) =>
      (pack === '' || one.pack === pack) &&
      [one.id, one.name, one.nameEn, one.metric, domainText(one.pack)].some((field) => field.toLowerCase().includes(wanted)),
  );
  return (
    <section className="apply-list">
      <div className="row-wrap">
        <input
          className="input page-search"
          type="search"
          placeholder={say('apply.search')}
          aria-label={say('apply.search')}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <select className="input rules-select" aria-label={say('apply.pack')} value={pack} onChange={({ target }) => setPack(target.value)}>
          <option value="">{say('apply.allPacks')}</option>
          {packs.map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <ul className="panel template-list" tabIndex={0} aria-label={say('apply.templates')}>
        {found.map((one) => (
          <li key={one.id}>
            <button type="button" className="template" aria-pressed={one.id === chosen} onClick={() => onChoose(one.id)}>
              <span className="strong">{english ? one.nameEn : one.name}</span>
              <span className="dim">
                {one.id} · {say(`ruleKind.${one.kind}`)} · {english ? one.packNameEn : one.packName}
              </span>
              <TemplateLimits template={one} />
            </button>
          </li>
        ))}
        {found.length === 0 && <Empty>{say('rules.noneFound')}</Empty>}
      </ul>
    </section>
  );
}
