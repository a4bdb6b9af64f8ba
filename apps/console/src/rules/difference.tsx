import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ALARM_LEVELS, type RuleChangeJson } from '@anlan/contracts';
import { changedLines, type ChangedLine } from './changed-lines.js';

/** Fields of rules and limits that have a name in words; all others stand as they are written. */
const NAMED = [
  'enabled',
  'at',
  'limit',
  'deadband',
  'onDelay',
  'offDelay',
  'onCount',
  'offCount',
  'latching',
  'from',
  'source',
  'name',
  'high',
  'low',
] as const;
/** Lists whose members are known by their own name. */
const LISTS: readonly string[] = ['levels', 'versions'];

/** What a change comes to, value by value; of an entry that is to go, what stood in it. */
export function Difference({ change: { kind, before, body } }: Readonly<{ change: RuleChangeJson }>): ReactNode {
  const { t } = useTranslation();
  const word = useFieldWord();
  const value = useValueWord();
  const lines = changedLines(before, body ?? {});
  if (body === null)
    return (
      <>
        <p className="strong">{t(`changes.removed.${kind}`)}</p>
        {lines
          .filter(({ key }) => LISTS.some((list) => key.startsWith(`${list}.`)) && !key.endsWith('.level'))
          .map(({ key, was }) => (
            <p key={key}>
              <span className="dim">{word(key)}</span> <del>{value(was)}</del>
            </p>
          ))}
      </>
    );
  return <ChangedLines lines={lines} />;
}

/** Values that differ, each with its name in words. */
export function ChangedLines({ lines }: Readonly<{ lines: readonly ChangedLine[] }>): ReactNode {
  const word = useFieldWord();
  const value = useValueWord();
  return lines.map(({ key, was, is }) => (
    <p key={key}>
      <span className="dim">{word(key)}</span>{' '}
      {was !== null && (
        <>
          <del>{value(was)}</del> →{' '}
        </>
      )}
      <ins>{value(is)}</ins>
    </p>
  ));
}

function useValueWord(): (text: string | null) => string {
  const { t } = useTranslation();
  return (text) => (text === 'true' ? t('changes.yes') : text === 'false' ? t('changes.no') : (text ?? '—'));
}

/** `levels.orange.at` as 橙色 · 限值. */
function useFieldWord(): (key: string) => ReactNode {
  const { t } = useTranslation();
  return (key) =>
    key
      .split('.')
      .filter((part, index) => index > 0 || !LISTS.includes(part))
      .map((part, index) => {
        const level = ALARM_LEVELS.find((known) => known === part);
        const named = NAMED.find((known) => known === part);
        return (
          <Fragment key={index}>
            {index > 0 && ' · '}
            {level !== undefined ? t(`level.${level}`) : named !== undefined ? t(`ruleField.${named}`) : part}
          </Fragment>
        );
      });
}
