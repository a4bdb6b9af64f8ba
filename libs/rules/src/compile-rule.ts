import type { Fault, Rule } from '@anlan/contracts';
import { parseRule, type RuleContext } from './parse-rule.js';
import { segmentsOf, type ReferenceGround } from './references.js';
import { asBody, collector } from './shape.js';

/** What a body is compiled in: as for `parseRule`, with all that references may lead to. Bodies are as written. */
export type CompileContext = Omit<RuleContext, 'rules'> & ReferenceGround;
/** Oldest first: one rule for each span of time in which the limits that it rests on stay the same, numbered from `version` on. */
export type CompiledRule = Readonly<{ rules: readonly Rule[] }> | Readonly<{ faults: readonly Fault[] }>;

/** A rule body, references and all, as the engine runs it. All faults at once, each with its path. */
export function compileRule(body: unknown, { limits, rules, ...context }: CompileContext): CompiledRule {
  const place = collector(context.path);
  const given = asBody(place, body);
  const segments = given ? segmentsOf(place, given, { limits, rules }) : [];
  if (place.faults.length > 0) return { faults: unique(place.faults) };
  const parsed = segments.map((segment, i) => parseRule(segment.body, { ...context, version: context.version + i, rules: segment.rules }));
  const faults = parsed.flatMap((one) => ('faults' in one ? one.faults : []));
  return faults.length > 0 ? { faults: unique(faults) } : { rules: parsed.flatMap((one) => ('rule' in one ? [one.rule] : [])) };
}

/** The same may be wrong from several moments on. */
function unique(faults: readonly Fault[]): readonly Fault[] {
  return [...new Map(faults.map((fault) => [`${fault.path} ${fault.code} ${fault.message}`, fault])).values()];
}
