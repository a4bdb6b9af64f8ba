import { useState, type FormEvent, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useMutation } from '@tanstack/react-query';
import type { EntityJson, ImportJson, TemplateJson } from '@anlan/contracts';
import { useCore } from '../data/react.js';
import { useProblemText } from '../parts/states.js';
import { useEntries } from './api.js';
import { freshOrder, lackingOf, orderBody, type OrderDraft } from './apply-order.js';
import { TemplateLimits } from './template-limits.js';
import { textOf } from './body.js';
import { ChangeDialog } from './change-dialog.js';
import { faultText, faultsOf, type Fault } from './faults.js';
import { Field } from './field.js';
import { OverrideFields } from './override-fields.js';
import { useSay } from './use-rule-words.js';
import { WhatBecomes } from './what-becomes.js';

const PATH = '/rules/apply';

/** One order: on which points, with which numbers of their own. Nothing is written before it has been seen what it comes to. */
export function ApplyForm({ template, mayWrite }: Readonly<{ template: TemplateJson; mayWrite: boolean }>): ReactNode {
  const { say, english } = useSay();
  const { client } = useCore();
  const problemText = useProblemText();
  const [order, setOrder] = useState<OrderDraft>(() => freshOrder(template));
  const [asked, setAsked] = useState(false);
  const [done, setDone] = useState<ImportJson | null>(null);
  const preview = useMutation({ mutationFn: () => client.post<ImportJson>(`${PATH}?dryRun=true`, orderBody(template, order)) });
  const lacking = lackingOf(template, order);
  const faults = faultsOf(preview.error);
  const change = (part: Partial<OrderDraft>): void => {
    setOrder({ ...order, ...part });
    preview.reset();
    setDone(null);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (lacking.length === 0 && !preview.isPending) preview.mutate();
  };
  return (
    <>
      <form className="apply-form" onSubmit={submit} noValidate>
        <section className="panel block">
          <h2>{english ? template.nameEn : template.name}</h2>
          <TemplateLimits template={template} />
          <p className="dim">
            {say('rfact.source')}: {template.source}
          </p>
        </section>
        <section className="panel block">
          <h2>{say('apply.where')}</h2>
          <Places order={order} onChange={change} />
          <div className="field-grid">
            <Field
              path="/id"
              label={say('apply.id')}
              hint={say('apply.idHint')}
              value={order.id}
              faults={faults}
              onChange={(id) => change({ id })}
            />
            <Field
              path="/name"
              label={say('efield.name')}
              value={order.name}
              faults={faults}
              placeholder={template.name}
              onChange={(name) => change({ name })}
            />
          </div>
        </section>
        <NeedsFields template={template} order={order} faults={faults} onChange={change} />
        <OverrideFields template={template} order={order} onChange={(overrides) => change({ overrides })} />
        <section className="panel block">
          <div className="row-wrap">
            <span className="dim" id="apply-why">
              {lacking.length > 0 ? say('apply.lacking') : say('apply.ready')}
            </span>
            <span className="rules-fill" />
            <button type="submit" className="btn" disabled={lacking.length > 0 || preview.isPending} aria-describedby="apply-why">
              {say('apply.preview')}
            </button>
            {mayWrite && (
              <button
                type="button"
                className="btn btn-primary"
                disabled={preview.data === undefined}
                aria-describedby="apply-why"
                onClick={() => setAsked(true)}
              >
                {say('apply.do')}
              </button>
            )}
          </div>
          {preview.error !== null && (
            <div className="notice" role="alert">
              ⚠ {faults.length === 0 ? problemText(preview.error) : say('edit.refused')}
              {faults.map((fault) => (
                <p key={fault.path + fault.code}>
                  <code>{fault.path}</code> {faultText(fault, say)}
                </p>
              ))}
            </div>
          )}
          {done === null && preview.data !== undefined && <WhatBecomes answer={preview.data} />}
          {done !== null && (
            <p className="notice" role="status">
              {say(done.pending.length > 0 ? 'saved.waits' : 'apply.done', { n: done.applied['rules'] ?? 0 })}{' '}
              {done.pending.length > 0 ? (
                <Link to="/changes">{say('saved.toChanges')}</Link>
              ) : (
                <Link to="/rules" search={{ q: order.id }}>
                  {say('apply.toRules')}
                </Link>
              )}
            </p>
          )}
        </section>
      </form>
      {asked && (
        <ChangeDialog
          title={say('apply.title')}
          word={say('apply.do')}
          tryOut={() => client.post(`${PATH}?dryRun=true`, orderBody(template, order))}
          send={(reason) => client.post(PATH, { ...orderBody(template, order), reason })}
          onDone={(answer) => {
            setAsked(false);
            preview.reset();
            setDone(answer);
          }}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}

type NeedsProps = Readonly<{
  template: TemplateJson;
  order: OrderDraft;
  faults: readonly Fault[];
  onChange(part: Partial<OrderDraft>): void;
}>;

/** The assets' own numbers, and the rules or points that the template speaks of. */
function NeedsFields({ template, order, faults, onChange }: NeedsProps): ReactNode {
  const { say } = useSay();
  if (Object.keys(template.needs).length + Object.keys(template.refs).length === 0) return null;
  return (
    <section className="panel block">
      <h2>{say('apply.needs')}</h2>
      <div className="field-grid">
        {Object.entries(template.needs).map(([name, meaning]) => (
          <Field
            key={name}
            path={`/references/${name}`}
            label={meaning}
            value={order.numbers[name] ?? ''}
            faults={faults}
            number
            onChange={(text) => onChange({ numbers: { ...order.numbers, [name]: text } })}
          />
        ))}
        {Object.entries(template.refs).map(([name, meaning]) => (
          <Field
            key={name}
            path={`/refs/${name}`}
            label={meaning}
            hint={say('apply.refHint')}
            value={order.refs[name] ?? ''}
            faults={faults}
            onChange={(text) => onChange({ refs: { ...order.refs, [name]: text } })}
          />
        ))}
      </div>
    </section>
  );
}

function Places({ order, onChange }: Readonly<{ order: OrderDraft; onChange(part: Partial<OrderDraft>): void }>): ReactNode {
  const { say } = useSay();
  const sites = useEntries('sites').data ?? [];
  const assets = (useEntries('assets').data ?? []).filter((asset) => order.siteId === '' || asset['siteId'] === order.siteId);
  const options = (entries: readonly EntityJson[]): ReactNode =>
    entries.map((entry) => (
      <option key={String(entry['id'])} value={String(entry['id'])}>
        {textOf(entry['name']) ?? String(entry['id'])}
      </option>
    ));
  return (
    <div className="field-grid">
      <label className="field">
        <span>{say('apply.site')}</span>
        <select className="input" value={order.siteId} onChange={({ target }) => onChange({ siteId: target.value, assetId: '' })}>
          <option value="">{say('apply.none')}</option>
          {options(sites)}
        </select>
      </label>
      <label className="field">
        <span>{say('apply.asset')}</span>
        <select className="input" value={order.assetId} onChange={({ target }) => onChange({ assetId: target.value })}>
          <option value="">{say('apply.allAssets')}</option>
          {options(assets)}
        </select>
      </label>
    </div>
  );
}
