export {
  CONFIDENCES,
  OUR_DEFAULT,
  type Amount,
  type Confidence,
  type DerivedTemplate,
  type KindTemplate,
  type Pack,
  type PackMetric,
  type Provenance,
  type ReferenceTable,
  type Template,
  type TemplateBody,
  type TemplateLevel,
  type ThresholdTemplate,
} from './pack.js';
export { amountInWords, isAmount } from './amount.js';
export { readPack } from './read-pack.js';
export { lintPack } from './lint-pack.js';
export { parseYaml, withLines } from './yaml-lines.js';
export { keepPacks, loadPacks, type Packs } from './load-packs.js';
export {
  citation,
  pointFrom,
  ruleFrom,
  sourceOf,
  type DerivedPlacement,
  type DerivedPoint,
  type Placement,
  type References,
  type Refs,
  type RuleBody,
  type TemplateScope,
} from './template.js';
export { demoCity, type DemoBundle } from './demo-city.js';
export { demoRegions, type FeatureCollection, type RegionFeature } from './demo-regions.js';
export { applyTemplate, type AppliedTemplate, type TemplateOrder } from './apply-template.js';
