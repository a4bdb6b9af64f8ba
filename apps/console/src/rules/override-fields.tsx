import type { ReactNode } from 'react';
import type { TemplateJson } from '@anlan/contracts';
import { useEntries } from './api.js';
import type { OrderDraft, Override } from './apply-order.js';
import { textOf } from './body.js';
import { useSay } from './use-rule-words.js';

type OverrideProps = Readonly<{ template: TemplateJson; order: OrderDraft; onChange(overrides: readonly Override[]): void }>;

/** Assets that have numbers of their own, or where the rule is not to judge. */
export function OverrideFields({ template, order, onChange }: OverrideProps): ReactNode {
  const { say } = useSay();
  const assets = (useEntries('assets').data ?? []).filter((asset) => order.siteId === '' || asset['siteId'] === order.siteId);
  const { overrides } = order;
  const put = (index: number, override: Override): void => onChange(overrides.map((one, i) => (i === index ? override : one)));
  return (
    <section className="panel block">
      <h2>{say('apply.overrides')}</h2>
      {overrides.length === 0 && <p className="dim">{say('apply.noOverrides')}</p>}
      {overrides.map((override, i) => (
        <div key={i} className="row-wrap" role="group" aria-label={say('apply.override', { n: i + 1 })}>
          <select
            className="input rules-select"
            aria-label={say('apply.asset')}
            value={override.assetId}
            onChange={({ target }) => put(i, { ...override, assetId: target.value })}
          >
            <option value="">{say('apply.none')}</option>
            {assets.map((asset) => (
              <option key={String(asset['id'])} value={String(asset['id'])}>
                {textOf(asset['name']) ?? String(asset['id'])}
              </option>
            ))}
          </select>
          {Object.entries(template.needs).map(([name, meaning]) => (
            <input
              key={name}
              className="input num override-number"
              inputMode="decimal"
              placeholder={meaning}
              aria-label={meaning}
              value={override.numbers[name] ?? ''}
              onChange={({ target }) => put(i, { ...override, numbers: { ...override.numbers, [name]: target.value } })}
            />
          ))}
          <label className="row-wrap">
            <input type="checkbox" checked={override.enabled} onChange={({ target }) => put(i, { ...override, enabled: target.checked })} />
            {say('ruleField.enabled')}
          </label>
          <button type="button" className="btn btn-plain" onClick={() => onChange(overrides.filter((_, at) => at !== i))}>
            {say('edit.removeHours')}
          </button>
        </div>
      ))}
      <div>
        <button type="button" className="btn" onClick={() => onChange([...overrides, { assetId: '', enabled: true, numbers: {} }])}>
          {say('apply.addOverride')}
        </button>
      </div>
    </section>
  );
}
